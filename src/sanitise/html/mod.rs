//! HTML to text: what a reader would see, with its headings, paragraphs,
//! lists and tables; links shown as text that cannot be clicked, with a word
//! of warning where they pretend. Promised: nothing of the markup survives.
//! Absent on purpose: what nobody would see (hidden, tiny, white on white).
//! html5ever's tree is walked here rather than by a converter crate, because
//! every active thing met on the way has to be counted.

mod attributes;
mod colour;
mod declarations;
mod fields;
mod grid;
mod hosts;
mod lines;
mod links;
mod math;
mod named;
mod numbering;
mod page;
mod rebuild;
mod signs;
mod style;
mod table;
mod tree;
mod verify;
mod weight;

use html5ever::tendril::TendrilSink as _;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::RcDom;

use super::protocol::Shown;
use super::text::{self, charset};
use super::{Context, Kind, Refusal, Report, Treatment};

/// Writes an HTML document as UTF-8 text, or anew as a plain page
/// ([`Treatment::Rebuild`]), which may show `pictures` of its mail. `declared`
/// is the charset that came with the part; a `<meta>` is asked where there is
/// none.
///
/// # Errors
/// `OverBudget` past a limit, also of depth.
pub fn treat(
    bytes: &[u8],
    treatment: Treatment,
    (declared, pictures): (Option<&str>, &[Shown]),
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    if treatment.output_kind(Kind::Html).is_none() {
        return Err(Refusal::Unsupported);
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > context.limits.expanded_bytes {
        return Err(Refusal::OverBudget);
    }
    let meta = meta_charset(bytes);
    let source = charset::decode(bytes, declared.or(meta.as_deref())).text;
    let source = noframes_read(source);
    weight::fits(&source)?;
    let tree = parse_document(RcDom::default(), options()).one(source);
    let (text, tired) = page::render(&tree.document, report)?;
    // Last, over all of it: an address may be pieced together from several
    // elements or with signs that are only now gone, and mail programs make
    // clickable what looks like one.
    let text = links::defanged(&text::reduce(&text, report));
    if treatment == Treatment::Rebuild {
        // The text told what there is to tell.
        return Ok(rebuild::written(&tree.document, pictures, tired)?.into_bytes());
    }
    Ok(text::written(&text))
}

/// What a page of ours calls a picture (RFC 2392).
#[must_use]
pub fn picture_id(picture: &Shown) -> String {
    format!(
        "picture{}.{}@sekimori.invalid",
        picture.number, picture.mail
    )
}

/// The pictures that a page of ours shows, once each: number and whole id.
#[must_use]
pub fn pictures_in(page: &[u8]) -> Vec<(u32, String)> {
    let page = String::from_utf8_lossy(page);
    let ids = page.split("<img src=\"cid:").skip(1);
    let mut shown: Vec<(u32, String)> = ids
        .filter_map(|rest| {
            let (id, _) = rest.split_once('"')?;
            let (number, _) = id.strip_prefix("picture")?.split_once('.')?;
            Some((number.parse().ok()?, id.to_owned()))
        })
        .collect();
    shown.sort();
    shown.dedup();
    shown
}

/// What stands in for frames is read like what stands in for scripts, instead
/// of as raw text that shows its tags. Both names have the same length.
fn noframes_read(source: String) -> String {
    let lower = source.to_ascii_lowercase();
    let (mut read, mut from) = (String::new(), 0);
    for (at, name) in lower.match_indices("noframes") {
        let before = lower.get(..at).unwrap_or_default();
        if before.ends_with('<') || before.ends_with("</") {
            read.push_str(source.get(from..at).unwrap_or_default());
            read.push_str("noscript");
            from = at + name.len();
        }
    }
    if from == 0 {
        return source;
    }
    read.push_str(source.get(from..).unwrap_or_default());
    read
}

/// As mail programs read: no script runs, so what stands in `noscript` is seen.
fn options() -> ParseOpts {
    ParseOpts {
        tree_builder: TreeBuilderOpts {
            scripting_enabled: false,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    }
}

/// Accepts a page that [`treat`] can have written.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify(output: &[u8]) -> Result<(), Refusal> {
    verify::verify(output)
}

/// Accepts a page that is opened outside of a mail: no picture comes with it.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify_attached(output: &[u8]) -> Result<(), Refusal> {
    verify::verify(output)?;
    if pictures_in(output).is_empty() {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

/// The label in `<meta charset=…>` or `<meta … content="…; charset=…">`
/// among the first bytes (WHATWG HTML 13.2.3.2, prescan).
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(4096))?).to_ascii_lowercase();
    let meta = head.split("<meta").skip(1).find_map(|tag| {
        tag.split('>')
            .next()?
            .split_once("charset")
            .map(|(_, rest)| rest.to_owned())
    })?;
    let value = meta
        .trim_start()
        .strip_prefix('=')?
        .trim_start()
        .trim_start_matches(['"', '\'']);
    let label: String = value
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_.:".contains(*c))
        .collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests;
