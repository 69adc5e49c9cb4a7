//! What the operating system says of a file or a socket, in Japanese: it speaks
//! English, whatever the reader's language. Pure.

/// `message` with what the system said in it in Japanese; its number stays.
pub(super) fn in_japanese(message: &str) -> String {
    let mut message = message.to_owned();
    for (number, english, japanese) in SAID {
        let said = format!("{english} (os error {number})");
        message = message.replace(&said, &format!("{japanese} (os error {number})"));
    }
    message
}

/// Number, wording of the C library, and what that is to an administrator.
const SAID: &[(u8, &str, &str)] = &[
    (1, "Operation not permitted", "この操作の権限がありません"),
    (
        2,
        "No such file or directory",
        "ファイルまたはフォルダーがありません",
    ),
    (5, "Input/output error", "ディスクなどの読み書きの異常です"),
    (13, "Permission denied", "アクセスする権限がありません"),
    (17, "File exists", "同じ名前のものがすでにあります"),
    (
        20,
        "Not a directory",
        "途中にフォルダーでないものがあります",
    ),
    (21, "Is a directory", "ファイルではなくフォルダーです"),
    (22, "Invalid argument", "この対象には行えません"),
    (
        24,
        "Too many open files",
        "同時に開けるファイルの数を超えました",
    ),
    (28, "No space left on device", "ディスクに空きがありません"),
    (
        30,
        "Read-only file system",
        "書き込みできないファイルシステムです",
    ),
    (36, "File name too long", "ファイル名が長すぎます"),
    (
        40,
        "Too many levels of symbolic links",
        "シンボリックリンクが循環しています",
    ),
    (110, "Connection timed out", "時間内に応答がありません"),
    (111, "Connection refused", "接続を断られました"),
    (122, "Disk quota exceeded", "ディスクの割当てを超えました"),
];

#[cfg(test)]
mod tests {
    use super::in_japanese;

    #[test]
    fn what_the_system_says_is_as_it_says_it() {
        for (number, english, _) in super::SAID {
            let error = std::io::Error::from_raw_os_error(i32::from(*number));
            assert_eq!(error.to_string(), format!("{english} (os error {number})"));
        }
    }

    #[test]
    fn the_rest_of_a_message_stays() {
        assert_eq!(
            in_japanese("見積書.docm を読めません: No such file or directory (os error 2)"),
            "見積書.docm を読めません: ファイルまたはフォルダーがありません (os error 2)"
        );
        assert_eq!(
            in_japanese("No such file or directory"),
            "No such file or directory"
        );
    }
}
