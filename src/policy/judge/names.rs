//! Names that the proxy may reach: never without it (E08), never wider than
//! one owner (E17), never in two spellings (E18).

use crate::policy::diagnostic::Notes;
use crate::policy::model::Via;
use crate::policy::read::WrittenFlow;
use crate::policy::text::Text;

pub(super) fn judge(flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let proxied = flow.via.as_ref().is_some_and(|via| via.value == Via::Proxy);
    for name in &flow.names {
        if !proxied {
            let message = Text::new(
                "names には via = \"proxy\" が必要です",
                "`names` needs via = \"proxy\"",
            );
            notes.error("E08", &name.span, message, None);
        }
        let bare = name.value.strip_prefix("*.");
        let wild = bare.is_some();
        let rest = bare.unwrap_or(&name.value);
        if !name.value.is_ascii() {
            let message = Text::new(
                "国際化ドメイン名は Punycode で書いてください",
                "an internationalised name must be in Punycode",
            );
            notes.error(
                "E18",
                &name.span,
                message,
                Some(Text::new("xn--…", "xn--…")),
            );
        } else if rest.contains('*') || (wild && public(rest)) {
            let message = Text::new("ワイルドカードが広すぎます", "the wildcard is too wide");
            let hint = Text::new("例: \"*.example.co.jp\"", "such as \"*.example.co.jp\"");
            notes.error("E17", &name.span, message, Some(hint));
        }
    }
}

/// A suffix under which strangers register names: one label, or a Japanese
/// second level. The full public suffix list comes with the proxy.
fn public(rest: &str) -> bool {
    let labels: Vec<&str> = rest.split('.').collect();
    match labels.as_slice() {
        [_] => true,
        [second, "jp"] => matches!(
            *second,
            "co" | "lg" | "go" | "or" | "ac" | "ne" | "ad" | "ed" | "gr"
        ),
        _ => false,
    }
}
