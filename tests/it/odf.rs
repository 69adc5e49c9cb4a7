//! OpenDocument: clean files keep what they have, each vector is named, gone,
//! and refused untreated, and documents of the world hold where a corpus is.

use std::io::Read as _;

use mutation::seeds::odf::{self, WORDS, vectors};
use sekimori::policy::Limits;
use sekimori::sanitise::protocol::Wish;
use sekimori::sanitise::{
    Context, Family, Fonts, Kind, Refusal, Report, Treatment, What, identify, odf as format, text,
};

fn with<T>(act: impl FnOnce(&Context<'_>) -> T) -> T {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    act(&Context {
        limits: &limits,
        fonts: &fonts,
    })
}

fn treated(kind: Kind, tier: Treatment, bytes: &[u8]) -> Result<(Vec<u8>, Report), Refusal> {
    with(|context| {
        let mut report = Report::default();
        let wish = Wish::default();
        let output = format::treat((kind, tier), wish, bytes, context, &mut report)?;
        Ok((output, report))
    })
}

fn verified(kind: Kind, bytes: &[u8]) -> Result<(), Refusal> {
    with(|context| match kind {
        Kind::Text => text::verify_text(bytes),
        Kind::Csv => text::verify_csv(bytes),
        kind => format::verify(kind, bytes, context),
    })
}

fn words(kind: Kind, bytes: &[u8]) -> String {
    let (output, _) = treated(kind, Treatment::Text, bytes).unwrap();
    let said = Treatment::Text.output_kind(kind).unwrap();
    assert_eq!(verified(said, &output), Ok(()));
    String::from_utf8(output).unwrap()
}

/// All names and contents in one, as another reader sees them.
fn everything(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        all.extend_from_slice(file.name_raw());
        file.read_to_end(&mut all).unwrap();
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn a_clean_document_keeps_what_it_has() {
    for draft in [odf::letter(), odf::book(), odf::talk(), odf::drawing()] {
        let (kind, bytes) = (draft.kind, draft.bytes());
        assert_eq!(identify::identify(&bytes, "a"), kind);
        assert_eq!(verified(kind, &bytes), Ok(()), "{kind:?} before");
        let (output, report) = treated(kind, Treatment::Rebuild, &bytes).unwrap();
        assert_eq!(verified(kind, &output), Ok(()), "{kind:?} after");
        assert_eq!(report.removed, []);
        assert_eq!(report.closeness, Some(100));
        assert_eq!(words(kind, &bytes), words(kind, &output));
        let tags = |bytes: &[u8]| {
            let all = everything(bytes);
            let names = all.split('<').skip(1).map(|tag| {
                let end = tag.find([' ', '>', '/']).unwrap_or(tag.len());
                tag[..end].to_owned()
            });
            let mut names: Vec<String> = names.filter(|name| name.contains(':')).collect();
            names.sort();
            names
        };
        assert_eq!(tags(&bytes), tags(&output), "{kind:?}");
    }
}

#[test]
fn the_text_is_the_words_in_order() {
    let letter = odf::letter();
    assert_eq!(
        words(letter.kind, &letter.bytes()),
        "見積書①㈱髙﨑\n一つ目\n本文  続き\t右\n次の行案内加筆3\n品名\t数量\n\n\n脚注です\n\n確認のこと\n\n総務課\n"
    );
    let book = odf::book();
    assert_eq!(
        words(book.kind, &book.bytes()),
        "\u{feff}[表]\r\n見積書①㈱髙﨑,,3.00\r\n1.50\r\n1.50\r\n\r\n\
         [控え]（非表示シート / hidden sheet）\r\n下書き\r\n"
    );
    let talk = odf::talk();
    assert_eq!(
        words(talk.kind, &talk.bytes()),
        "[スライド 1 / slide]\n見積書①㈱髙﨑\n（ノート / notes）\n話すこと\n\n\
         [スライド 2 / slide]\n二枚目\n（ノート / notes）\n終わり\n"
    );
}

#[test]
fn every_vector_is_refused_untreated_named_and_gone() {
    let mut lines = Vec::new();
    for vector in vectors::all() {
        let (name, kind) = (&vector.seed.name, vector.seed.kind);
        let bytes = &vector.seed.bytes;
        assert_eq!(identify::identify(bytes, name), kind, "{name}");
        assert_eq!(verified(kind, bytes), Err(Refusal::Residue), "{name}");
        let (output, report) = treated(kind, Treatment::Rebuild, bytes)
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!(verified(kind, &output), Ok(()), "{name}");
        let all = everything(&output);
        assert!(all.contains(WORDS), "{name} lost its words");
        assert!(
            !all.contains(vector.gone),
            "{name}: {} is left",
            vector.gone
        );
        if let Some(what) = vector.what {
            let named = report.removed.iter().any(|line| line.what == what);
            assert!(named, "{name}: {:?}", report.removed);
        }
        let codes: Vec<String> = (report.removed.iter())
            .map(|line| format!("{:?} {}", line.what, line.count))
            .collect();
        lines.push(format!("{name}: {}", codes.join(", ")));
        assert!(words(kind, bytes).contains(WORDS), "{name}");
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    basic.odt: Script 1
    python.odt: Script 1
    dialog.odt: Script 1
    menu.odt: CustomUi 1
    signed.odt: DigitalSignature 1
    macro-signed.odt: DigitalSignature 1
    rdf.odt: Metadata 1
    thumbnail.odt: Metadata 1
    font.odt: EmbeddedFont 1
    database.odt: DataConnection 1
    media.odt: RichMedia 1
    stray.odt: UnknownPart 1
    object.odt: OleObject 1
    metadata.odt: Metadata 1
    printer.odt: PrinterSettings 1
    source.odt: DataConnection 1
    update.odt: 
    script.odt: EventHandler 1
    listener.odt: EventHandler 1
    prefix.odt: Script 1
    macro-field.odt: Action 1
    script-field.odt: Script 1
    form.odt: Form 1
    control.odt: Form 1
    xforms.odt: Form 1
    file.odt: Link 1
    share.odt: Link 1
    smb.odt: Link 1
    javascript.odt: Link 1
    macro-link.odt: Link 1
    beside.odt: Link 1
    disguised.odt: Link 1
    beacon.odt: ExternalImage 1
    disk.odt: ExternalImage 1
    above.odt: ExternalImage 1
    fill.odt: ExternalImage 1
    background.odt: ExternalImage 1
    bullet.odt: ExternalImage 1
    section.odt: ExternalLink 1
    marks.odt: ExternalLink 1
    map.odt: Link 1
    opening.odt: 
    target.odt: 
    ole.odt: OleObject 1, OleObject 1
    inner.odt: OleObject 1
    far-object.odt: ExternalLink 1
    frame.odt: Frame 1
    plugin.odt: RichMedia 1
    applet.odt: Script 1
    inline.odt: EmbeddedFile 1
    tail.odt: TrailingData 1
    no-picture.odt: UnknownPart 1
    hidden-picture.odt: UnknownPart 1
    face.odt: EmbeddedFont 1
    dde.odt: Dde 1
    dde-field.odt: Dde 1
    database-field.odt: DataConnection 1
    author.odt: FieldCode 1
    section-dde.odt: Dde 1
    far.ods: ActiveFormula 1
    unc.ods: ActiveFormula 1
    dde.ods: ActiveFormula 1
    pipe.ods: ActiveFormula 1
    web.ods: ActiveFormula 1
    indirect.ods: ActiveFormula 1
    hyperlink.ods: ActiveFormula 1
    call.ods: ActiveFormula 1
    sheet-link.ods: ExternalLink 1
    cache.ods: ExternalLink 1
    range-link.ods: ExternalLink 1
    dde-link.ods: Dde 1
    query.ods: DataConnection 1
    pilot.ods: DataConnection 1
    named.ods: ActiveFormula 1
    validation.ods: ActiveFormula 1
    error-macro.ods: Action 1
    condition.ods: ActiveFormula 1
    provider.ods: DataConnection 1
    click.odp: EventHandler 1
    sound.odp: RichMedia 1
    audio.odp: RichMedia 1
    verb.odp: Action 1
    engine.odt: Action 1
    chart.odt: Action 1
    series.odt: Action 1
    unknown.odt: UnknownPart 1
    turned.odt: BidiControl 2
    comment.odt: 
    rdfa.odt: 
    field-mark.odt: FieldCode 1
    ");
}

/// What a form shows stays as words in rectangles; nothing of the form does.
#[test]
fn controls_of_forms_leave_their_words() {
    let form = odf::form();
    let bytes = form.bytes();
    assert_eq!(verified(form.kind, &bytes), Err(Refusal::Residue));
    let (output, report) = treated(form.kind, Treatment::Rebuild, &bytes).unwrap();
    assert_eq!(verified(form.kind, &output), Ok(()));
    let all = everything(&output);
    for gone in ["evil", "draw:control", "form:", "event-listener"] {
        assert!(!all.contains(gone), "{gone} is left");
    }
    // All but the hidden one, each once: twenty-one in the body, one in the header.
    assert_eq!(all.matches("<draw:rect ").count(), 22);
    assert!(all.contains("見<text:s text:c=\"2\"/>値"));
    assert_eq!(all.matches("drawooo:display=\"screen\"").count(), 1);
    insta::assert_snapshot!(words(form.kind, &bytes), @r"
    見積書①㈱髙﨑
    見出し
    見出し二
    見  値
    見 一行目
    見 二行目
    見 飾り
    見.txt
    見 1234
    42
    2026-11-27
    08:30:00
    ☑ 見 済
    ☐ 見 未
    ◉ 見 可
    ○ 見 否
    見 選
    見 二
    見 送信
    見 囲み
    見 列 | 見 次



    見 頭
    ");
    let codes: Vec<_> = (report.removed.iter())
        .map(|line| (line.what, line.untrusted_where.as_str(), line.count))
        .collect();
    // One form, and its places: twenty-two and one that shows a second time.
    assert!(
        codes.contains(&(What::Form, "content.xml", 24)),
        "{codes:?}"
    );
    assert!(codes.contains(&(What::Form, "styles.xml", 1)), "{codes:?}");
    assert!(codes.contains(&(What::EventHandler, "content.xml", 1)));
    assert!(codes.contains(&(What::DataConnection, "content.xml", 1)));
}

/// Where the words of a control stand, and their ground, are the control's own.
#[test]
fn a_control_keeps_its_place_and_its_ground() {
    let form = odf::form();
    let (output, _) = treated(form.kind, Treatment::Rebuild, &form.bytes()).unwrap();
    let all = everything(&output);
    let styles: Vec<&str> = (all.split("<style:style ").skip(1))
        .filter(|style| style.starts_with("style:name=\"control2\""))
        .collect();
    let [shape, letters] = styles.as_slice() else {
        panic!("{styles:?}");
    };
    for said in [
        "style:parent-style-name=\"Graphics\"",
        "style:wrap=\"run-through\"",
        "style:vertical-pos=\"middle\"",
        "draw:stroke=\"solid\"",
        "draw:fill-color=\"#ffffcc\"",
        "draw:textarea-horizontal-align=\"right\"",
    ] {
        assert!(shape.contains(said), "{said}: {shape}");
    }
    assert!(!shape.contains("fo:background-color"));
    assert!(letters.contains("fo:text-align=\"end\"") && letters.contains("fo:font-size=\"8pt\""));
}

/// A line break of a value is five bytes, and a paragraph of ours.
#[test]
fn a_form_that_would_swell_is_over_budget() {
    let names = " xmlns:form=\"urn:oasis:names:tc:opendocument:xmlns:form:1.0\"";
    let lines = |count: usize| {
        let body = format!(
            "<office:forms><form:form><form:textarea form:id=\"c\" form:value=\"{}\"/></form:form></office:forms>\
             <text:p><draw:control draw:control=\"c\"/></text:p>",
            "&#10;".repeat(count)
        );
        let bytes = odf::Draft::new(Kind::OdfText, names, "", &body).bytes();
        treated(Kind::OdfText, Treatment::Rebuild, &bytes).map(|_| ())
    };
    assert_eq!(lines(1_000), Ok(()));
    assert_eq!(lines(250_000), Err(Refusal::OverBudget));
}

#[test]
fn comments_changes_and_the_list_of_parts_are_as_wished() {
    let letter = odf::letter();
    let wish = Wish {
        without_comments: true,
        changes_accepted: true,
        structure: true,
        web_links: false,
    };
    let (output, report) = with(|context| {
        let mut report = Report::default();
        let job = (letter.kind, Treatment::Rebuild);
        let output = format::treat(job, wish, &letter.bytes(), context, &mut report).unwrap();
        (output, report)
    });
    assert_eq!(verified(letter.kind, &output), Ok(()));
    let all = everything(&output);
    for gone in ["確認のこと", "tracked-changes", "change-start"] {
        assert!(!all.contains(gone), "{gone}");
    }
    assert!(all.contains("加筆"), "what was put in stays");
    assert_eq!(report.closeness, Some(100));
    let whats: Vec<What> = report.removed.iter().map(|line| line.what).collect();
    assert_eq!(whats, [What::Revision, What::Comment]);
    let parts: Vec<String> = (report.structure.iter())
        .map(|piece| {
            let role = piece.role.as_deref().unwrap_or("-");
            format!("{} {role} {}", piece.untrusted_name, piece.kept)
        })
        .collect();
    insta::assert_snapshot!(parts.join("\n"), @r"
    mimetype mediaType true
    content.xml content true
    styles.xml styles true
    Pictures/image1.png picture true
    embedded1/content.xml formula true
    settings.xml settings true
    META-INF/manifest.xml manifest true
    ");
}

#[test]
fn what_is_locked_or_twofold_is_refused_by_name() {
    for seed in vectors::locked() {
        assert_eq!(identify::identify(&seed.bytes, &seed.name), Kind::Encrypted);
        let refused = treated(Kind::OdfText, Treatment::Rebuild, &seed.bytes).map(|_| ());
        assert_eq!(refused, Err(Refusal::Encrypted), "{}", seed.name);
    }
    for seed in vectors::twofold() {
        assert_eq!(identify::identify(&seed.bytes, &seed.name), Kind::OdfText);
        let refused = treated(seed.kind, Treatment::Rebuild, &seed.bytes).map(|_| ());
        assert_eq!(refused, Err(Refusal::Malformed), "{}", seed.name);
    }
}

#[test]
fn another_kind_than_the_parent_fixed_is_refused() {
    let bytes = odf::letter().bytes();
    let refused = treated(Kind::OdfSheet, Treatment::Rebuild, &bytes).map(|_| ());
    assert_eq!(refused, Err(Refusal::Malformed));
    assert_eq!(verified(Kind::OdfSheet, &bytes), Err(Refusal::Residue));
}

/// One row for a million and one cell for sixteen thousand.
#[test]
fn what_would_swell_is_over_budget() {
    let words = "あ".repeat(2_000);
    let body = format!(
        "<table:table table:name=\"S\"><table:table-column/><table:table-row table:number-rows-repeated=\"1048576\">\
         <table:table-cell table:number-columns-repeated=\"16384\"><text:p>{words}</text:p></table:table-cell></table:table-row></table:table>"
    );
    let bytes = odf::Draft::new(Kind::OdfSheet, "", "", &body).bytes();
    let refused = treated(Kind::OdfSheet, Treatment::Text, &bytes).map(|_| ());
    assert_eq!(refused, Err(Refusal::OverBudget));
    assert!(treated(Kind::OdfSheet, Treatment::Rebuild, &bytes).is_ok());
}

#[test]
fn corpus_documents_are_rebuilt_or_refused() {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("SEKIMORI_CORPUS")
        .map_or_else(beside, Into::into)
        .join("odf");
    if !folder.is_dir() {
        println!("skipped: no corpus at {}", folder.display());
        return;
    }
    let (mut seen, mut rebuilt) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let kind = identify::identify(&bytes, "a");
        if kind.family() != Family::OpenDocument {
            continue;
        }
        assert!(verified(kind, &bytes).is_err(), "{}", path.display());
        seen += 1;
        match treated(kind, Treatment::Rebuild, &bytes) {
            Ok((output, _)) => {
                assert_eq!(verified(kind, &output), Ok(()), "{}", path.display());
                rebuilt += 1;
                // A file of a few hundred bytes that asks for a billion cells.
                let told = treated(kind, Treatment::Text, &bytes).map(|_| ());
                assert!(matches!(told, Ok(()) | Err(Refusal::OverBudget)));
            }
            Err(refusal) => println!("{refusal:?}: {}", path.display()),
        }
    }
    println!("{rebuilt} of {seen} rebuilt");
    assert!(rebuilt * 100 >= seen * 95, "{rebuilt} of {seen}");
}
