//! Colours as style sheets and old attributes write them (CSS Color 3).

/// Red, green, blue; and whether it covers at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour {
    channels: [u8; 3],
    clear: bool,
}

impl Colour {
    pub(super) const BLACK: Self = Self::solid([0, 0, 0]);
    pub(super) const WHITE: Self = Self::solid([255, 255, 255]);
    /// A link's usual blue.
    pub(super) const LINK: Self = Self::solid([0, 0, 238]);

    const fn solid(channels: [u8; 3]) -> Self {
        Self {
            channels,
            clear: false,
        }
    }

    /// Lets everything through.
    pub(super) fn is_clear(self) -> bool {
        self.clear
    }

    /// No eye tells words of this colour from that ground.
    pub(super) fn is_near(self, ground: Self) -> bool {
        let close = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= 8;
        self.clear || self.channels.iter().zip(&ground.channels).all(close)
    }
}

/// The colour a value begins with; `None` where that is not known.
pub(super) fn in_words(value: &str) -> Option<Colour> {
    let value = value.trim().to_ascii_lowercase();
    if let Some(rest) = value.strip_prefix("rgb") {
        let inside = rest.trim_start_matches('a').strip_prefix('(')?;
        return numbers(inside.split(')').next()?);
    }
    let word = value.split_ascii_whitespace().next()?;
    if let Some(digits) = word.strip_prefix('#') {
        return hexadecimal(digits);
    }
    named(word).or_else(|| (word.len() == 6).then(|| hexadecimal(word)).flatten())
}

fn hexadecimal(digits: &str) -> Option<Colour> {
    let digits: Vec<u8> = digits
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    match digits.as_slice() {
        [r, g, b] => Some(Colour::solid([r * 17, g * 17, b * 17])),
        [r1, r0, g1, g0, b1, b0] => Some(Colour::solid([r1 * 16 + r0, g1 * 16 + g0, b1 * 16 + b0])),
        _ => None,
    }
}

/// `r, g, b` or `r g b / a`.
fn numbers(inside: &str) -> Option<Colour> {
    let mut values = inside
        .split([',', '/', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_suffix('%') {
            Some(part) => part.parse::<f32>().map(|share| share * 2.55),
            None => part.parse::<f32>(),
        });
    let mut channels = [0_u8; 3];
    for channel in &mut channels {
        // Clamped: `as` cannot wrap.
        *channel = values.next()?.ok()?.clamp(0.0, 255.0) as u8;
    }
    let clear = matches!(values.next(), Some(Ok(alpha)) if alpha < 0.05);
    Some(Colour { channels, clear })
}

fn named(word: &str) -> Option<Colour> {
    let channels = match word {
        "transparent" => {
            return Some(Colour {
                channels: [0; 3],
                clear: true,
            });
        }
        "white" => [255, 255, 255],
        "snow" => [255, 250, 250],
        "ivory" => [255, 255, 240],
        "whitesmoke" => [245, 245, 245],
        "silver" => [192, 192, 192],
        "gray" | "grey" => [128, 128, 128],
        "black" => [0, 0, 0],
        "red" => [255, 0, 0],
        "maroon" => [128, 0, 0],
        "yellow" => [255, 255, 0],
        "olive" => [128, 128, 0],
        "lime" => [0, 255, 0],
        "green" => [0, 128, 0],
        "aqua" | "cyan" => [0, 255, 255],
        "teal" => [0, 128, 128],
        "blue" => [0, 0, 255],
        "navy" => [0, 0, 128],
        "fuchsia" | "magenta" => [255, 0, 255],
        "purple" => [128, 0, 128],
        "orange" => [255, 165, 0],
        _ => return None,
    };
    Some(Colour::solid(channels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_they_are_written() {
        for (written, read) in [
            ("#FFF", Some([255, 255, 255])),
            ("#003366 url(x)", Some([0, 51, 102])),
            ("rgb(1, 2,3)", Some([1, 2, 3])),
            ("rgba(100%,0%,0%,.5)", Some([255, 0, 0])),
            ("Navy", Some([0, 0, 128])),
            ("ffffff", Some([255, 255, 255])),
            ("var(--x)", None),
            ("#12", None),
            ("", None),
        ] {
            assert_eq!(in_words(written).map(|c| c.channels), read, "{written}");
        }
        assert!(in_words("rgba(0,0,0,0)").unwrap().is_near(Colour::WHITE));
        assert!(!in_words("#ccc").unwrap().is_near(Colour::WHITE));
    }
}
