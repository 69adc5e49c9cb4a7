//! Other people's mails, texts, pages and archives through the pure formats:
//! never a panic, and what is written is accepted by its verifier.

use sekimori::policy::Limits;
use sekimori::sanitise::protocol::First;
use sekimori::sanitise::{
    Context, Fonts, Kind, Report, Treatment, html, identify, message, text, zip,
};

fn corpus() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("SEKIMORI_CORPUS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        Into::into,
    );
    folder.is_dir().then_some(folder)
}

#[test]
fn the_corpus_is_judged_without_a_panic_and_outputs_verify() {
    let Some(folder) = corpus() else {
        println!("skipped: no corpus (SEKIMORI_CORPUS)");
        return;
    };
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    for place in [
        "mail",
        "japanese",
        "text",
        "html",
        "archive",
        "malformed",
        "outlook",
        "other",
    ] {
        let Ok(files) = std::fs::read_dir(folder.join(place)) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut kind = identify::identify(&bytes, &name);
            if kind == Kind::Text && identify::identify(&bytes, "x.eml") == Kind::Message {
                kind = Kind::Message;
            }
            let mut report = Report::default();
            let outcome = match kind {
                Kind::Message => message::split(&bytes, First::Text, &context).map(drop),
                Kind::Zip => zip::split(&bytes, &context).map(drop),
                Kind::Html => {
                    html::treat(&bytes, Treatment::Text, (None, &[]), &context, &mut report).map(
                        |output| {
                            text::verify_text(&output).unwrap_or_else(|_| panic!("{name}"));
                        },
                    )
                }
                Kind::Text | Kind::Csv | Kind::Json | Kind::Calendar | Kind::Contact => {
                    text::treat(
                        &bytes,
                        kind,
                        Treatment::Rebuild,
                        None,
                        &context,
                        &mut report,
                    )
                    .map(|output| {
                        match kind {
                            Kind::Csv => text::verify_csv(&output),
                            Kind::Json => text::verify_json(&output),
                            Kind::Calendar => text::verify_calendar(&output),
                            Kind::Contact => text::verify_contact(&output),
                            _ => text::verify_text(&output),
                        }
                        .unwrap_or_else(|_| panic!("{name}"));
                    })
                }
                _ => continue,
            };
            println!("{place}/{name}: {} {outcome:?}", kind.name());
            *counts
                .entry(format!("{} {outcome:?}", kind.name()))
                .or_default() += 1;
        }
    }
    println!("{counts:#?}");
}
