//! Office documents of the world, where the corpus is at hand: each is rebuilt
//! into something the verifier accepts, or refused; none is accepted as it is.

use sekimori::policy::Limits;
use sekimori::sanitise::protocol::Wish;
use sekimori::sanitise::{Context, Fonts, Kind, Report, Treatment, ooxml};

/// The corpus folder, from `SEKIMORI_CORPUS` or beside the project.
fn corpus() -> Option<std::path::PathBuf> {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("SEKIMORI_CORPUS")
        .map_or_else(beside, Into::into)
        .join("ooxml");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus at {}", folder.display());
    None
}

#[test]
fn corpus_documents_are_rebuilt_or_refused() {
    let Some(folder) = corpus() else { return };
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let (mut seen, mut rebuilt) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let Some(kind) = ooxml::identify(&bytes) else {
            continue;
        };
        if kind == Kind::Unsupported {
            continue;
        }
        assert!(
            ooxml::verify(kind, &bytes, &context).is_err(),
            "{}",
            path.display()
        );
        seen += 1;
        let mut report = Report::default();
        let wish = Wish::default();
        let how = (kind, Treatment::Rebuild);
        let treated = ooxml::treat(how, wish, &bytes, &context, &mut report);
        if let Ok(output) = treated {
            assert_eq!(
                ooxml::verify(kind, &output, &context),
                Ok(()),
                "{}",
                path.display()
            );
            rebuilt += 1;
        }
        let mut report = Report::default();
        let how = (kind, Treatment::Text);
        if let Ok(text) = ooxml::treat(how, wish, &bytes, &context, &mut report) {
            assert!(String::from_utf8(text).is_ok(), "{}", path.display());
        }
    }
    println!("{rebuilt} of {seen} rebuilt");
    assert!(rebuilt * 100 >= seen * 95, "{rebuilt} of {seen}");
}
