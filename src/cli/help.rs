//! What was typed, read in the reader's language: help pages and what is wrong
//! with a command line, in Japanese as in English.
//!
//! The commands say themselves what they are, in English; `japanese` has each of
//! these texts once more. A text that is missing there is shown in English, and a
//! test names it.

mod japanese;
mod mistake;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _, FromArgMatches as _};

use super::{Cli, DONE, USAGE};
use crate::policy::text::Lang;

/// The command that `arguments` mean.
///
/// # Errors
/// Help or a mistake was shown; the status to leave with.
pub fn typed(arguments: &[OsString]) -> Result<Cli, ExitCode> {
    let lang = language(arguments);
    let mut command = spoken(Cli::command(), lang);
    let read = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    read.map_err(|error| tell(&error.format(&mut command), lang))
}

/// As [`super::run`] finds it, before anything was read: `--lang` may be what is
/// wrong.
fn language(arguments: &[OsString]) -> Lang {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    let mut asked = None;
    while let Some(word) = words.next() {
        if word == "--lang" {
            asked = words.next().map(std::borrow::Cow::into_owned);
        } else if let Some(name) = word.strip_prefix("--lang=") {
            asked = Some(name.to_owned());
        }
    }
    super::language(asked.as_deref())
}

/// A command and all below it, with their explanations in `lang`.
fn spoken(command: Command, lang: Lang) -> Command {
    if lang == Lang::En {
        return command;
    }
    let mut command = command;
    if let Some(about) = command.get_about().map(ToString::to_string) {
        command = command.about(japanese::of(&about));
    }
    if let Some(example) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(japanese::of(&example));
    }
    command
        .mut_args(
            |argument| match argument.get_help().map(ToString::to_string) {
                Some(help) => argument.help(japanese::of(&help)),
                None => argument,
            },
        )
        .mut_subcommands(|below| spoken(below, lang))
}

/// Shows a page of help, or what is wrong with what was typed.
fn tell(error: &clap::Error, lang: Lang) -> ExitCode {
    let status = u8::try_from(error.exit_code()).unwrap_or(USAGE);
    match (error.kind(), lang) {
        (_, Lang::En) => {
            let _ = error.print(); // nobody reads any more
        }
        (ErrorKind::DisplayHelp, Lang::Ja) => {
            let mut output = std::io::stdout().lock();
            let page = japanese::frame(&page(error, output.is_terminal()));
            let _ = output.write_all(page.as_bytes());
            return ExitCode::from(DONE);
        }
        (ErrorKind::DisplayVersion, Lang::Ja) => {
            let _ = error.print();
        }
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, Lang::Ja) => {
            let terminal = std::io::stderr().is_terminal();
            eprint!("{}", japanese::frame(&page(error, terminal)));
        }
        (_, Lang::Ja) => eprint!("{}", mistake::in_japanese(error)),
    }
    ExitCode::from(status)
}

/// With bold heads where somebody looks who wants them.
fn page(error: &clap::Error, terminal: bool) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let page = error.render();
    if terminal && !plain {
        page.ansi().to_string()
    } else {
        page.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of a command and those below it that a reader may see.
    fn texts(command: &Command, found: &mut Vec<String>) {
        let own = [command.get_about(), command.get_after_help()];
        found.extend(own.into_iter().flatten().map(ToString::to_string));
        for argument in command.get_arguments() {
            found.extend(argument.get_help().map(ToString::to_string));
            let values = argument.get_possible_values();
            found.extend(
                values
                    .iter()
                    .filter_map(|v| Some(v.get_help()?.to_string())),
            );
        }
        for below in command.get_subcommands() {
            texts(below, found);
        }
    }

    #[test]
    fn every_explanation_exists_in_japanese() {
        let mut found = Vec::new();
        texts(&Cli::command(), &mut found);
        let missing: Vec<&String> = found
            .iter()
            .filter(|text| japanese::of(text) == **text)
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn every_command_has_an_example() {
        fn without(command: &Command, found: &mut Vec<String>) {
            let example = command.get_after_help().map(ToString::to_string);
            if !example.is_some_and(|text| {
                text.starts_with("Example: sekimori") || text.starts_with("Example: journalctl")
            }) {
                found.push(command.get_name().to_owned());
            }
            for below in command.get_subcommands() {
                without(below, found);
            }
        }
        let mut found = Vec::new();
        without(&Cli::command(), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    /// What a reader of Japanese sees of what was typed.
    fn shown(words: &[&str]) -> String {
        let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        let mut command = spoken(Cli::command(), Lang::Ja);
        let error = command
            .try_get_matches_from_mut(&arguments)
            .and_then(|matches| Cli::from_arg_matches(&matches))
            .expect_err("no page, no mistake");
        match error.kind() {
            ErrorKind::DisplayHelp => japanese::frame(&page(&error, false)),
            _ => mistake::in_japanese(&error),
        }
    }

    #[test]
    fn a_page_of_help_is_japanese_throughout() {
        insta::assert_snapshot!(shown(&["sekimori", "sanitise", "--help"]), @r"
        ファイルを分解し、自動で動くものを除いて作り直す（無害化）

        使い方: sekimori sanitise [オプション] --output <DIR> <PATH>...

        引数:
          <PATH>...
                  ファイル、フォルダー、メール (.eml)。- は標準入力

        オプション:
          -o, --output <DIR>
                  結果を置くフォルダー（なければ作ります）

              --as <TREATMENT>
                  形式ごとの既定の代わりに行う処理

                  選択肢:
                  - rebuild: 作り直す（編集できる）
                  - flatten: ページを画像にする
                  - text:    文字だけにする（UTF-8）

          -h, --help
                  説明を表示（要約は -h）

        どのコマンドにも使えるオプション:
              --config <CONFIG>
                  sekimori.toml と flows.d/ のあるフォルダー
                  
                  [環境変数: SEKIMORI_CONFIG]
                  [既定値: /etc/sekimori]

              --state <STATE>
                  配送待ち・封緘した原本・改訂・監査記録のフォルダー
                  
                  [環境変数: SEKIMORI_STATE]
                  [既定値: /var/lib/sekimori]

              --lang <LANG>
                  表示する言語
                  
                  [選択肢: ja, en]

              --json
                  プログラム向けの形式 (JSON) で出力

        例: sekimori sanitise 見積書.docm -o out
            sekimori sanitise inbox/ -o out --as text
        ");
    }

    #[test]
    fn a_mistake_says_what_is_wrong_and_what_to_do() {
        let mistakes = [
            &["sekimori", "chek"] as &[&str],
            &["sekimori", "frobnicate"],
            &["sekimori", "check", "--liv"],
            &["sekimori", "check", "x"],
            &["sekimori", "sanitise"],
            &["sekimori", "sanitise", "a", "-o", "b", "--as", "pdf"],
            &["sekimori", "sanitise", "a", "-o"],
            &["sekimori", "--lang", "fr", "check"],
            &["sekimori", "flow", "denied", "--days", "soon"],
            &["sekimori", "flow", "expiring", "--days", "5000"],
            &["sekimori", "verify", "a", "--attestation", "b"],
            &["sekimori", "verify"],
            &["sekimori", "--json", "--json", "check"],
            &["sekimori", "check", "\u{1b}[2J\u{202e}x"],
        ];
        let all: Vec<String> = mistakes.iter().map(|words| shown(words)).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        sekimori: 「chek」というコマンドはありません。
          もしかすると: check

        使い方: sekimori [オプション] <コマンド>

        詳しくは --help を付けて実行してください。

        sekimori: 「frobnicate」というコマンドはありません。

        使い方: sekimori [オプション] <コマンド>

        詳しくは --help を付けて実行してください。

        sekimori: 「--liv」はここでは使えません。
          もしかすると: --live

        使い方: sekimori check --live

        詳しくは --help を付けて実行してください。

        sekimori: 「x」はここでは使えません。

        使い方: sekimori check [オプション]

        詳しくは --help を付けて実行してください。

        sekimori: 次の指定が足りません: --output <DIR>, <PATH>...

        使い方: sekimori sanitise --output <DIR> <PATH>...

        詳しくは --help を付けて実行してください。

        sekimori: --as <TREATMENT> に「pdf」は指定できません。
          選択肢: rebuild, flatten, text

        詳しくは --help を付けて実行してください。

        sekimori: --output <DIR> には値が必要です。

        詳しくは --help を付けて実行してください。

        sekimori: --lang <LANG> に「fr」は指定できません。
          選択肢: ja, en

        詳しくは --help を付けて実行してください。

        sekimori: --days <N> に「soon」は指定できません（数で指定してください）。

        詳しくは --help を付けて実行してください。

        sekimori: --days <DAYS> に「5000」は指定できません（範囲 1..=3660）。

        詳しくは --help を付けて実行してください。

        sekimori: [PATH]... は --attestation <FILE> と同時に指定できません。

        使い方: sekimori verify <PATH>...

        詳しくは --help を付けて実行してください。

        sekimori: 次の指定が足りません: <PATH>...

        使い方: sekimori verify <PATH>...

        詳しくは --help を付けて実行してください。

        sekimori: --json は一度しか指定できません。

        使い方: sekimori [オプション] <コマンド>

        詳しくは --help を付けて実行してください。

        sekimori: 「\u{1b}[2J\u{202e}x」はここでは使えません。

        使い方: sekimori check [オプション]

        詳しくは --help を付けて実行してください。
        ");
    }

    #[test]
    fn the_language_is_known_before_anything_was_read() {
        let of = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            language(&words)
        };
        assert_eq!(of(&["sekimori", "--lang", "ja", "--help"]), Lang::Ja);
        assert_eq!(of(&["sekimori", "bogus", "--lang=en"]), Lang::En);
    }
}
