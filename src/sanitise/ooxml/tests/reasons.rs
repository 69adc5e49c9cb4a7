//! Why the verifier refuses each vector as it comes.

use super::*;

/// Each untreated vector is refused for what is hostile in it.
#[test]
fn the_verifier_says_why() {
    let reasons: Vec<String> = fixture::vectors()
        .iter()
        .map(|vector| {
            let why = accepts(vector.draft.kind, &vector.draft.bytes()).unwrap_err();
            format!("{}: {why}", vector.name)
        })
        .collect();
    insta::assert_snapshot!(reasons.join("\n"), @r"
    remote template: external relation
    mail merge: element
    mail merge source: external relation
    saved through a transformation: external relation
    attached schema: element
    variables: element
    editing sessions: element
    embedded object: part name
    embedded book: part name
    linked object: external relation
    ActiveX: part name
    alternative format chunk: part name
    the same as HTML: part name
    the same as RTF: part name
    the same from outside: external relation
    sub-document: external relation
    frame: part name
    data binding: element
    macros of a form field: element
    external image: external relation
    file hyperlink: external relation
    address of a VML shape: attribute
    source of a VML picture: attribute
    object behind a VML picture: attribute
    VML picture from outside: external relation
    embedded font: part name
    printer settings of a section: part name
    building blocks: part name
    key map: part name
    people: part name
    DDE over runs: field
    DDE in a simple field: field
    code computed by a nested field: field inside a code
    link field to a file: field
    link field to what the base of links names: field
    field in a text box: field
    INCLUDEPICTURE field: field
    INCLUDETEXT field: field
    IMPORT field: field
    LINK field: field
    EMBED field: field
    MACROBUTTON field: field
    GOTOBUTTON field: field
    DATABASE field: field
    RD field: field
    ASK field: field
    FILLIN field: field
    AUTOTEXT field: field
    AUTOTEXTLIST field: field
    PRINT field: field
    QUOTE field: field
    ADDIN field: field
    HTMLCONTROL field: field
    BARCODE field: field
    DOCVARIABLE field: field
    DOCPROPERTY field: field
    MERGEFIELD field: field
    IF field: field
    SET field: field
    switches of a link: HYPERLINK \\\\EVIL\\share \h &quot;https://ok.example/&quot;: field
    switches of a link: HYPERLINK &quot;https://ok.example/&quot; \\EVIL\share: field
    switches of a link: HYPERLINK \h&quot;\\\\EVIL\\share&quot; &quot;https://ok.example/&quot;: field
    switches of a link: HYPERLINK &quot;https://ok.example/&quot; \n&quot;file://EVIL/x&quot;: field
    switches of a link: HYPERLINK &quot;https://ok.example/&quot; \mfile://EVIL/x: field
    switches of a link: HYPERLINK &quot;https://ok.example/&quot; \O &quot;file://EVIL/x&quot;: field
    switches of a link: HYPERLINK \z &quot;\\\\EVIL\\x&quot; &quot;https://ok.example/&quot;: field
    switches of a link: HYPERLINK \\\\EVIL\\x: field
    switches of a simple link: field
    more words than a field has: field
    code behind deleted code: element inside a code
    code behind inserted code: element inside a code
    code behind moved code: element inside a code
    link that a deletion turns: element inside a code
    two fields that a deletion joins: element inside a code
    begin mark in a deletion: field in a change
    end mark in an insertion: change through a field
    field in a deletion: field in a change
    field in a move: field in a change
    simple field in a deletion: field in a change
    code of deleted text: element inside a code
    code over two paragraphs: element inside a code
    code in two hyperlinks: element inside a code
    sign in a code: element inside a code
    deleted words in a code: element inside a code
    text box in a code: element inside a code
    deletion among the looks of a code: change among looks
    code in the data of a form: field among looks
    field in header: field
    field in footer: field
    field in footnotes: field
    field in endnotes: field
    field in comments: field
    XLM sheet: part name
    international XLM sheet: part name
    dialog sheet: part name
    name that starts a macro: name that starts a macro
    name that is a macro function: attribute
    name that calls out: DDE
    name that registers: function
    sheet that no menu shows: sheet that no menu shows
    formula that fetches: function
    formula that filters what was fetched: function
    formula of a server: function
    formula that calls: function
    formula that links to a file: link formula
    formula that links to what a cell says: link formula
    function handed on by its name: function by its name
    formula that shows a picture: function
    DDE formula: DDE
    formula into another file: element
    link to another book: part name
    DDE link: part name
    OLE link: part name
    data connection: part name
    query table: part name
    pivot table of a source outside: source outside
    pivot table of another book's sheet: cells of another workbook
    Power Query: part name
    data model: part name
    slicer: part name
    cell link to a file: external relation
    cell link to a share: external relation
    cell link that is a script: external relation
    object in a sheet: part name
    object in view in a sheet: part name
    control in a sheet: part name
    button that calls a macro: declaration
    shape that calls a macro: attribute
    printer settings: part name
    click that runs a macro: action
    click that runs a program: action
    click that opens a file: action
    click that acts on an object: action
    touch that runs a macro: action
    verb in an animation: element
    linked sound: external relation
    film: part name
    object on a slide: part name
    object of 2007 on a slide: part name
    control on a slide: part name
    slide of a library: part name
    tags: part name
    drawing of the old kind: part name
    embedded font of slides: part name
    task pane: part name
    docm with VBA: part name
    dotm with VBA: part name
    xlsm with VBA: part name
    xltm with VBA: part name
    pptm with VBA: part name
    potm with VBA: part name
    ppsm with VBA: part name
    VBA under another name: content type
    VBA that passes for a theme: content type
    relation of a type that nobody knows: external relation
    custom ribbon: part name
    custom toolbar: part name
    data of others: part name
    thumbnail: part name
    who wrote it: part name
    properties of the site: part name
    template and base of links: document properties
    signature of the original: part name
    instruction for another program: name
    picture with data behind it: behind the PNG
    metafile that cannot be drawn: PNG
    metafile that names a procedure: PNG
    drawing with a script: PNG
    drawing with a handler: PNG
    drawing with a picture from outside: PNG
    ");
}
