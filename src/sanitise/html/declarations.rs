//! The declarations of a style (CSS Cascade 4): which of them wins, and
//! lengths.

/// Declarations by property, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Declarations(pub(super) Vec<Declaration>);

/// `name: value`, both lower case.
#[derive(Clone, Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) value: String,
    important: bool,
    /// Of the element itself, not of a sheet.
    own: bool,
}

impl Declaration {
    /// The highest wins, of equals the last.
    fn rank(&self) -> (bool, bool) {
        (self.important, self.own)
    }
}

impl Declarations {
    /// Those of a sheet's rule, or an element's `own`.
    pub(super) fn read(text: &str, own: bool) -> Self {
        let read = text.split(';').take(200).filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            let value = value.trim().to_ascii_lowercase();
            let (value, important) = match value.split_once('!') {
                Some((value, _)) => (value.trim().to_owned(), true),
                None => (value, false),
            };
            Some(Declaration {
                name: name.trim().to_ascii_lowercase(),
                value,
                important,
                own,
            })
        });
        Self(read.collect())
    }

    /// The value that counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.winner(&[name]).map(|found| found.value.as_str())
    }

    /// Of properties that set the same the one that counts.
    pub(super) fn winner(&self, names: &[&str]) -> Option<&Declaration> {
        self.0
            .iter()
            .filter(|declaration| names.contains(&declaration.name.as_str()))
            .max_by_key(|declaration| declaration.rank())
    }

    /// One of `others` may win over what is declared here for `names`.
    pub(super) fn yields(&self, others: &[&Declaration], names: &[&str]) -> bool {
        let rank = self.winner(names).map(Declaration::rank);
        others.iter().any(|other| {
            names.contains(&other.name.as_str()) && other.rank() >= rank.unwrap_or_default()
        })
    }

    /// Not all of it can only hide.
    pub(super) fn may_show(&self) -> bool {
        let hides = |declaration: &Declaration| {
            matches!(
                (declaration.name.as_str(), declaration.value.as_str()),
                ("display", "none") | ("visibility", "hidden")
            )
        };
        !self.0.iter().all(hides)
    }
}

/// A length in CSS pixels; relative ones to letters of `size`.
pub(super) fn length(value: &str, size: f32) -> Option<f32> {
    let value = value.trim();
    let end = value
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .unwrap_or(value.len());
    let (number, unit) = value.split_at_checked(end)?;
    let number: f32 = number.parse().ok()?;
    let pixels = match unit.trim() {
        "px" => number,
        "" if number == 0.0 => 0.0,
        "pt" => number * 4.0 / 3.0,
        "em" => number * size,
        "rem" => number * 16.0,
        "%" => number * size / 100.0,
        "mm" => number * 96.0 / 25.4,
        "cm" => number * 96.0 / 2.54,
        "in" => number * 96.0,
        _ => return None,
    };
    pixels.is_finite().then_some(pixels)
}
