//! Bytes of text -> characters: in the code page of the font, else of the
//! document (RTF 1.9.1, "Character Set" and `\fcharsetN`).

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, IBM866, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255,
    WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

/// How bytes are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum CodePage {
    Encoding(&'static Encoding),
    /// The upper half of a code page of DOS.
    Dos(&'static str),
    /// A font of pictures: its signs stand in the private use area.
    Symbol,
}

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// Windows-1252, which a document that says nothing is in.
pub(super) const WESTERN: CodePage = CodePage::Encoding(WINDOWS_1252);

/// By the number of a code page of Windows.
pub(super) fn of_page(number: i32) -> CodePage {
    CodePage::Encoding(match number {
        437 => return CodePage::Dos(CP437),
        850 => return CodePage::Dos(CP850),
        42 => return CodePage::Symbol,
        866 => IBM866,
        874 => WINDOWS_874,
        // Japanese of Macintosh is the same but for a few signs of its own.
        932 | 10_001 => SHIFT_JIS,
        936 | 10_008 => GBK,
        949 | 1_361 | 10_003 => EUC_KR,
        950 | 10_002 => BIG5,
        1_250 => WINDOWS_1250,
        1_251 => WINDOWS_1251,
        1_253 => WINDOWS_1253,
        1_254 => WINDOWS_1254,
        1_255 => WINDOWS_1255,
        1_256 => WINDOWS_1256,
        1_257 => WINDOWS_1257,
        1_258 => WINDOWS_1258,
        10_000 => MACINTOSH,
        10_007 => X_MAC_CYRILLIC,
        20_932 | 51_932 => EUC_JP,
        54_936 => GB18030,
        65_001 => UTF_8,
        _ => WINDOWS_1252,
    })
}

/// By a font's `\fcharsetN`; `None` where it says nothing (1, the default).
pub(super) fn of_font(charset: i32) -> Option<CodePage> {
    Some(of_page(match charset {
        0 => 1_252,
        2 => 42,
        77 => 10_000,
        78 => 10_001,
        79 => 10_003,
        80 => 10_008,
        81 => 10_002,
        128 => 932,
        129 => 949,
        130 => 1_361,
        134 => 936,
        136 => 950,
        161 => 1_253,
        162 => 1_254,
        163 => 1_258,
        177 | 181 => 1_255,
        178..=180 => 1_256,
        186 => 1_257,
        204 => 1_251,
        222 => 874,
        238 => 1_250,
        254 => 437,
        255 => 850,
        _ => return None,
    }))
}

impl CodePage {
    /// The same sign of a font of pictures can be told by its byte or by
    /// number.
    pub(super) fn own_sign(self, c: char) -> char {
        match (self, c) {
            (Self::Symbol, ' '..='~') => char::from_u32(0xF000 + u32::from(c)).unwrap_or(c),
            _ => c,
        }
    }

    /// Reads a run of bytes; what means nothing shows U+FFFD.
    pub(super) fn read(self, bytes: &[u8]) -> String {
        match self {
            Self::Encoding(encoding) => {
                let (text, _) = encoding.decode_without_bom_handling(bytes);
                text.into_owned()
            }
            Self::Dos(upper) => bytes
                .iter()
                .map(|byte| {
                    let above = usize::from(*byte).checked_sub(0x80);
                    above.map_or(char::from(*byte), |at| {
                        upper.chars().nth(at).unwrap_or(char::REPLACEMENT_CHARACTER)
                    })
                })
                .collect(),
            Self::Symbol => bytes
                .iter()
                .filter_map(|byte| char::from_u32(0xF000 + u32::from(*byte)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_the_code_page_of_their_font() {
        let japanese = of_font(128).unwrap();
        assert_eq!(
            japanese.read(b"\x8c\xa9\x87\x40\xfb\xfc\x83\x5cA"),
            "見①髙ソA"
        );
        assert_eq!(of_font(2).unwrap().read(b"\xb7"), "\u{f0b7}");
        assert_eq!(of_font(255).unwrap().read(b"a\x80\xff"), "aÇ\u{a0}");
        assert_eq!(of_page(10_000).read(b"\x8e"), "é");
        assert_eq!(of_page(4_711).read(b"\xe9"), "é");
        assert!(of_font(1).is_none());
        assert!(CP437.chars().count() == 128 && CP850.chars().count() == 128);
    }
}
