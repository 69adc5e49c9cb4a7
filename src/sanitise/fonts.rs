//! Which of the machine's two fonts draws text whose own font nobody brought.

/// The bytes of a font file, in memory or mapped.
pub type FontBytes = std::sync::Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Fallback fonts, loaded by the parent of all workers before any is locked.
/// Empty when the machine has none: text then shows as missing glyphs.
#[derive(Clone, Default)]
pub struct Fonts {
    /// A Mincho (serif) font file and the index inside a collection.
    pub mincho: Option<(FontBytes, u32)>,
    /// A Gothic (sans serif) font file.
    pub gothic: Option<(FontBytes, u32)>,
}

impl Fonts {
    /// Mincho or Gothic; the other one where the machine has no such font.
    #[must_use]
    pub fn preferred(&self, mincho: bool) -> Option<&(FontBytes, u32)> {
        let (first, second) = if mincho {
            (&self.mincho, &self.gothic)
        } else {
            (&self.gothic, &self.mincho)
        };
        first.as_ref().or(second.as_ref())
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fonts")
            .field("mincho", &self.mincho.is_some())
            .field("gothic", &self.gothic.is_some())
            .finish()
    }
}

/// Mincho (`true`) or Gothic, where the name of a font says so.
#[must_use]
pub fn says_mincho(name: &str) -> Option<bool> {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&GOTHIC) {
        Some(false)
    } else if has(&MINCHO) {
        Some(true)
    } else {
        None
    }
}

const GOTHIC: [&str; 9] = [
    "Goth",
    "ゴシック",
    "Go-",
    "Go ",
    "KozGo",
    "KakuGo",
    "Sans",
    "Meiryo",
    "メイリオ",
];

/// The serif fonts of Windows among them.
const MINCHO: [&str; 15] = [
    "Min", "Ryumin", "明朝", "Serif", "Song", "Sung", "Myeongjo", "Batang", "Times", "Roman",
    "Century", "Cambria", "Georgia", "Garamond", "Palatino",
];

#[cfg(test)]
mod tests {
    use super::says_mincho;

    #[test]
    fn the_name_says_mincho_or_gothic() {
        for name in [
            "MS-Mincho",
            "MS-PMincho",
            "HeiseiMin-W3",
            "Ryumin-Light",
            "KozMinPr6N-Regular",
            "ＭＳ 明朝",
            "YuMin-Regular",
            "Times New Roman",
            "Century",
        ] {
            assert_eq!(says_mincho(name), Some(true), "{name}");
        }
        for name in [
            "MS-Gothic",
            "HeiseiKakuGo-W5",
            "GothicBBB-Medium",
            "KozGoPr6N-Medium",
            "ＭＳ ゴシック",
            "Meiryo",
            "NotoSansCJKjp-Regular",
            "MS Sans Serif",
        ] {
            assert_eq!(says_mincho(name), Some(false), "{name}");
        }
        assert_eq!(says_mincho("FuturaA"), None);
    }
}
