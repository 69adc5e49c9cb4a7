//! What is wrong with a command line, in Japanese: what, and what to do. Pure.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::japanese;
use crate::policy::text::escape_hostile;

/// The message for `error`, with the usage below it.
pub(super) fn in_japanese(error: &Error) -> String {
    let mut message = format!("sekimori: {}\n", sentence(error));
    if let Some(meant) = meant(error) {
        message.push_str(&format!("  もしかすると: {meant}\n"));
    }
    let allowed = listed(error, ContextKind::ValidValue);
    if !allowed.is_empty() {
        message.push_str(&format!("  選択肢: {allowed}\n"));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        message.push_str(&format!("\n{}\n", japanese::frame(&usage.to_string())));
    }
    message.push_str("\n詳しくは --help を付けて実行してください。\n");
    message
}

fn sentence(error: &Error) -> String {
    let argument = listed(error, ContextKind::InvalidArg);
    let value = listed(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = listed(error, ContextKind::InvalidSubcommand);
            format!("「{name}」というコマンドはありません。")
        }
        ErrorKind::UnknownArgument => {
            format!("「{argument}」はここでは使えません。")
        }
        ErrorKind::MissingRequiredArgument => {
            format!("次の指定が足りません: {argument}")
        }
        ErrorKind::MissingSubcommand => "コマンドを指定してください。".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("{argument} には値が必要です。")
        }
        ErrorKind::InvalidValue => format!("{argument} に「{value}」は指定できません。"),
        ErrorKind::ValueValidation => {
            let why = why(error).map_or(String::new(), |why| format!("（{why}）"));
            format!("{argument} に「{value}」は指定できません{why}。")
        }
        ErrorKind::ArgumentConflict => match listed(error, ContextKind::PriorArg) {
            prior if prior == argument => format!("{argument} は一度しか指定できません。"),
            prior => format!("{argument} は {prior} と同時に指定できません。"),
        },
        ErrorKind::TooManyValues => {
            format!("{argument} の値が多すぎます (「{value}」)。")
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} の値の数が違います。")
        }
        ErrorKind::NoEquals => {
            format!("{argument} は「=」で値を指定してください。")
        }
        ErrorKind::InvalidUtf8 => "UTF-8 でない文字が含まれています。".to_owned(),
        _ => escape_hostile(&error.to_string()),
    }
}

/// Why a value was refused; as whoever reads it says where that is not known.
fn why(error: &Error) -> Option<String> {
    let said = std::error::Error::source(error)?.to_string();
    if let Some((_, range)) = said.split_once(" is not in ") {
        return Some(format!("範囲 {}", escape_hostile(range)));
    }
    let digits = said.contains("invalid digit") || said.contains("number too large");
    Some(match digits {
        true => "数で指定してください".to_owned(),
        false => escape_hostile(&said),
    })
}

/// What may have been meant.
fn meant(error: &Error) -> Option<String> {
    let near = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    near.into_iter()
        .map(|kind| listed(error, kind))
        .find(|names| !names.is_empty())
}

/// What clap knows of `kind`; a stranger may have written it.
fn listed(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(name)) => escape_hostile(name),
        Some(ContextValue::Strings(names)) => escape_hostile(&names.join(", ")),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
