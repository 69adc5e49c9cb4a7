//! The words that a document of ours may have, by room and number. A list of
//! its own: a slip in the reader's does not pass here.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Room;

/// Room, smallest and largest number (`None`: the word has no number), names.
type Words = (Room, Option<(i32, i32)>, &'static str);

#[rustfmt::skip] // a table is read by columns
const WORDS: &[Words] = &[
    (Room::Colours, None, "
        caccentfive caccentfour caccentone caccentsix caccentthree caccenttwo cbackgroundone cbackgroundtwo
        cfollowedhyperlink chyperlink cmaindarkone cmaindarktwo cmainlightone cmainlighttwo ctextone
        ctexttwo
    "),
    (Room::Colours, Some((0, 255)), "
        blue cshade ctint green red
    "),
    (Room::Fonts, None, "
        fbidi fbimajor fbiminor fdbmajor fdbminor fdecor fhimajor fhiminor flomajor flominor fmodern fnil
        froman fscript fswiss ftech
    "),
    (Room::Fonts, Some((0, 255)), "
        fcharset fprq
    "),
    (Room::Fonts, Some((0, 32_767)), "
        f
    "),
    (Room::Form, Some((-1_000_000, 1_000_000)), "
        ffdefres ffhaslistbox ffhps ffmaxlen ffownhelp ffownstat ffprot ffrecalc ffres ffsize fftype
        fftypetxt
    "),
    (Room::Lists, Some((-1_000_000, 1_000_000)), "
        levelfollow levelindent leveljc leveljcn levellegal levelnfc levelnfcn levelnorestart levelold
        levelprev levelprevspace levelspace levelstartat listoverrideformat
    "),
    (Room::Lists, None, "
        listhybrid listoverridestartat listrestarthdn listsimple lvltentative
    "),
    (Room::Lists, Some((i32::MIN, i32::MAX)), "
        leveltemplateid listid liststyleid listtemplateid
    "),
    (Room::Lists, Some((0, 32_767)), "
        ls
    "),
    (Room::Lists, Some((0, 9)), "
        listoverridecount
    "),
    (Room::Numbering, Some((-1_000_000, 1_000_000)), "
        pnfs pnindent pnlvl pnsp pnstart
    "),
    (Room::Numbering, None, "
        pnacross pnaiu pnaiud pnaiueo pnaiueod pnbidia pnbidib pncard pnchosung pncnum pndbnum pndbnumd
        pndbnumk pndbnuml pndbnumt pndec pndecd pnganada pngbnum pngbnumd pngbnumk pngbnuml pnhang pniroha
        pnirohad pnlcltr pnlcrm pnlvlblt pnlvlbody pnlvlcont pnnumonce pnord pnordt pnprev pnqc pnql pnqr
        pnrestart pnucltr pnucrm pnuld pnuldash pnuldashd pnuldashdd pnuldb pnulhair pnulnone pnulth pnulw
        pnulwave pnzodiac pnzodiacd pnzodiacl
    "),
    (Room::Numbering, Some((0, 32_767)), "
        pncf pnf
    "),
    (Room::Numbering, Some((0, 1)), "
        pnb pncaps pni pnscaps pnstrike pnul
    "),
    (Room::Shape, Some((-1_000_000, 1_000_000)), "
        dodhgt dpaendl dpaendw dpastartl dpastartw dpcount dpfillbgcb dpfillbgcg dpfillbgcr dpfillbggray
        dpfillfgcb dpfillfgcg dpfillfgcr dpfillfggray dpfillpat dplinecob dplinecog dplinecor dplinegray
        dplinew dppolycount dpptx dppty dpshadx dpshady dptxbxmar dpx dpxsize dpy dpysize shpbottom
        shpfblwtxt shpfhdr shpleft shpright shptop shpwr shpwrk shpz
    "),
    (Room::Shape, None, "
        dobxcolumn dobxmargin dobxpage dobymargin dobypage dobypara dolock dpaendhol dpaendsol dparc
        dparcflipx dparcflipy dpastarthol dpastartsol dpellipse dpendgroup dpfillbgpal dpfillfgpal dpgroup
        dpline dplinedado dplinedadodo dplinedash dplinedot dplinehollow dplinepal dplinesolid dppolygon
        dppolyline dprect dproundr dpshadow dptxbtlr dptxbx dptxlrtb dptxlrtbv dptxtbrl dptxtbrlv
        shpbxcolumn shpbxignore shpbxmargin shpbxpage shpbyignore shpbymargin shpbypage shpbypara
        shplockanchor
    "),
    (Room::Shape, Some((i32::MIN, i32::MAX)), "
        shplid
    "),
    (Room::Styles, Some((-1_000_000, 1_000_000)), "
        spriority sqformat ssemihidden sunhideused
    "),
    (Room::Styles, None, "
        additive sautoupd scompose shidden slocked spersonal sreply tsrowd
    "),
    (Room::Styles, Some((0, 32_767)), "
        sbasedon slink snext
    "),
    (Room::Text, Some((-1_000_000, 1_000_000)), "
        absh abslock absnoovrlp absw adeflang adn aexpnd afs aftnstart alang animtext aup binfsxn binsxn
        bookfoldsheets brdrw brsp cchs cellx charscalex chshdng clftsWidth clpadb clpadfb clpadfl clpadfr
        clpadft clpadl clpadr clpadt clshdng clshdngraw clspb clspfb clspfl clspfr clspft clspl clspr clspt
        clwWidth colno cols colsr colsx colw cs cts cufi culi curi deflang deflangfe deftab dfrmtxtx
        dfrmtxty dghorigin dghshow dghspace dgvorigin dgvshow dgvspace dn dropcapli dropcapt dxfrtext expnd
        expndtw fcs fet fi fittext footery fs ftnstart g gcw gutter guttersxn headery horzvert hyphconsec
        hyphhotz irow irowband itap kerning lang langfe langfenp langnp lbr level li lin linemod linestart
        linestarts linex lisa lisb margb margbsxn margl marglsxn margr margrsxn margt margtsxn outlinelevel
        paperh paperw pardeftab pgbrdropt pghsxn pgnhn pgnstart pgnstarts pgnx pgny pgwsxn posnegx posnegy
        posx posy psz qk revbar revprop ri rin sa saftnstart sb sectexpand sectlinegrid sectspecifygen
        sftnstart shading sl slmult softlheight stextflow tb tblind tblindtype tdfrmtxtBottom tdfrmtxtLeft
        tdfrmtxtRight tdfrmtxtTop themelang themelangcs themelangfe tposnegx tposnegy tposx tposy trautofit
        trftsWidth trftsWidthA trftsWidthB trgaph trleft trpaddb trpaddfb trpaddfl trpaddfr trpaddft trpaddl
        trpaddr trpaddt trpat trrh trshdng trspdb trspdfb trspdfl trspdfr trspdft trspdl trspdr trspdt
        trspob trspofb trspofl trspofr trspoft trspol trspor trspot trwWidth trwWidthA trwWidthB tscbandsh
        tscbandsv tscellpaddb tscellpaddfb tscellpaddfl tscellpaddfr tscellpaddft tscellpaddl tscellpaddr
        tscellpaddt tscellpct tscellwidth tscellwidthfts twoinone tx ulc up viewkind viewscale viewzk
    "),
    (Room::Text, None, "
        acccircle acccomma accdot accnone accunderdot adjustright aenddoc aendnotes afelev aftnbj aftnnalc
        aftnnar aftnnauc aftnnchi aftnnchosung aftnncnum aftnndbar aftnndbnum aftnndbnumd aftnndbnumk
        aftnndbnumt aftnnganada aftnngbnum aftnngbnumd aftnngbnumk aftnngbnuml aftnnrlc aftnnruc aftnnzodiac
        aftnnzodiacd aftnnzodiacl aftnrestart aftnrstcont aftntj allowfieldendsel alntblind asianbrkrule
        aspalpha aspnum bdbfhdr bdrrlswsix bgbdiag bgcross bgdcross bgdkbdiag bgdkcross bgdkdcross bgdkfdiag
        bgdkhoriz bgdkvert bgfdiag bghoriz bgvert bookfold bookfoldrev box brdrb brdrbar brdrbtw brdrdash
        brdrdashd brdrdashdd brdrdashdot brdrdashdotdot brdrdashdotstr brdrdashsm brdrdb brdrdot brdremboss
        brdrengrave brdrframe brdrhair brdrinset brdrl brdrnil brdrnone brdroutset brdrr brdrs brdrsh brdrt
        brdrtbl brdrth brdrthtnlg brdrthtnmg brdrthtnsg brdrtnthlg brdrtnthmg brdrtnthsg brdrtnthtnlg
        brdrtnthtnmg brdrtnthtnsg brdrtriple brdrwavy brdrwavydb brkfrm bullet cachedcolbal cell chatn
        chbgbdiag chbgcross chbgdcross chbgdkbdiag chbgdkcross chbgdkdcross chbgdkfdiag chbgdkhoriz
        chbgdkvert chbgfdiag chbghoriz chbgvert chbrdr chdate chdpa chdpl chftn chftnsep chftnsepc chpgn
        chtime clFitText clNoWrap clbgbdiag clbgcross clbgdcross clbgdkbdiag clbgdkcross clbgdkdcross
        clbgdkfdiag clbgdkhor clbgdkvert clbgfdiag clbghoriz clbgvert clbrdrb clbrdrl clbrdrr clbrdrt cldgll
        cldglu clhidemark clmgf clmrg clshdrawnil cltxbtlr cltxlrtb cltxlrtbv cltxtbrl cltxtbrlv clvertalb
        clvertalc clvertalt clvmgf clvmrg collapsed column contextualspace cvmme dbch dgmargin dgsnap
        dntblnsbdb emdash emspace endash enddoc endnhere endnotes enspace expshrtn faauto facenter facingp
        fafixed fahang faroman favar felnbrelev fracwidth frmtxbtlr frmtxlrtb frmtxlrtbv frmtxtbrl
        frmtxtbrlv ftnalt ftnbj ftnlytwnine ftnnalc ftnnar ftnnauc ftnnchi ftnnchosung ftnncnum ftnndbar
        ftnndbnum ftnndbnumd ftnndbnumk ftnndbnumt ftnnganada ftnngbnum ftnngbnumd ftnngbnumk ftnngbnuml
        ftnnrlc ftnnruc ftnnzodiac ftnnzodiacd ftnnzodiacl ftnrestart ftnrstcont ftnrstpg ftntj gutterprl
        hich horzdoc htmautsp hwelev ilfomacatclnup indmirror indrlsweleven intbl jclisttab jcompress
        jexpand jsksu keep keepn krnprsnet landscape lastrow ldblquote line linebetcol linecont lineppage
        linerestart lnbrkrule lndscpsxn lnongrid loch lquote ltrch ltrdoc ltrmark ltrpar ltrrow ltrsect
        lytcalctblwd lytexcttp lytprtmet lyttblrtgr margmirror margmirsxn msmcap nestcell nestrow
        newtblstyruls noafcnsttbl nobrkwrptbl nocolbal nocxsptable noextrasprl nofeaturethrottle
        nogrowautofit noindnmbrts nojkernpunct noline nolnhtadjtbl nonestrow nooverflow noproof nosectexpand
        nosnaplinegrid nospaceforul nosupersub notabind notbrkcnstfrctbl notcvasp notvatxbx nouicompat
        noultrlspc nowidctlpar nowrap noxlattoyen oldas oldlinewrap otblrul overlay page pagebb par pard
        pgbrdrfoot pgbrdrhead pgbrdrsnap pgnbidia pgnbidib pgnchosung pgncnum pgncont pgndbnum pgndbnumd
        pgndbnumk pgndbnumt pgndec pgndecd pgnganada pgngbnum pgngbnumd pgngbnumk pgngbnuml pgnhindia
        pgnhindib pgnhindic pgnhindid pgnhnsc pgnhnsh pgnhnsm pgnhnsn pgnhnsp pgnid pgnlcltr pgnlcrm
        pgnrestart pgnthaia pgnthaib pgnthaic pgnucltr pgnucrm pgnvieta pgnzodiac pgnzodiacd pgnzodiacl
        phcol phmrg phpg plain posxc posxi posxl posxo posxr posyb posyc posyil posyin posyout posyt prcolbl
        pvmrg pvpara pvpg qc qd qj ql qmspace qnatural qr qt rdblquote revisions row rquote rtlch rtldoc
        rtlgutter rtlmark rtlpar rtlrow rtlsect saftnnalc saftnnar saftnnauc saftnnchi saftnnchosung
        saftnncnum saftnndbar saftnndbnum saftnndbnumd saftnndbnumk saftnndbnumt saftnnganada saftnngbnum
        saftnngbnumd saftnngbnumk saftnngbnuml saftnnrlc saftnnruc saftnnzodiac saftnnzodiacd saftnnzodiacl
        saftnrestart saftnrstcont sbkcol sbkeven sbknone sbkodd sbkpage sbys sect sectd sectdefaultcl
        sectnum sectspecifycl sectspecifyl sectunlocked sftnbj sftnnalc sftnnar sftnnauc sftnnchi
        sftnnchosung sftnncnum sftnndbar sftnndbnum sftnndbnumd sftnndbnumk sftnndbnumt sftnnganada
        sftnngbnum sftnngbnumd sftnngbnumk sftnngbnuml sftnnrlc sftnnruc sftnnzodiac sftnnzodiacd
        sftnnzodiacl sftnrestart sftnrstcont sftnrstpg sftntj snaptogridincell softcol softline softpage
        spltpgpar splytwnine sprslnsp sprsspbf sprstsm sprstsp sub super swpbdr tab tabsnoovrlp taprtl
        tbllkbestfit tbllkborder tbllkcolor tbllkfont tbllkhdrcols tbllkhdrrows tbllklastcol tbllklastrow
        tbllknocolband tbllknorowband tbllkshading tcelld titlepg tldot tleq tlhyph tlmdot tlth tlul tphcol
        tphmrg tphpg tposxc tposxi tposxl tposxo tposxr tposyb tposyc tposyil tposyin tposyout tposyt tpvmrg
        tpvpara tpvpg tqc tqdec tqr transmf trbgbdiag trbgcross trbgdcross trbgdkbdiag trbgdkcross
        trbgdkdcross trbgdkfdiag trbgdkhor trbgdkvert trbgfdiag trbghoriz trbgvert trbrdrb trbrdrh trbrdrl
        trbrdrr trbrdrt trbrdrv trhdr trkeep trkeepfollow trowd trqc trql trqr truncatefontheight tsbgbdiag
        tsbgcross tsbgdcross tsbgdkbdiag tsbgdkcross tsbgdkdcross tsbgdkfdiag tsbgdkhor tsbgdkvert tsbgfdiag
        tsbghoriz tsbgvert tsbrdrb tsbrdrdgl tsbrdrdgr tsbrdrh tsbrdrl tsbrdrr tsbrdrt tsbrdrv
        tscbandhorzeven tscbandhorzodd tscbandverteven tscbandvertodd tscfirstcol tscfirstrow tsclastcol
        tsclastrow tscnecell tscnwcell tscsecell tscswcell tsnowrap tsvertalb tsvertalc tsvertalt twoonone
        ulnone useltbaln usenormstyforlist utinl vertal vertalb vertalc vertalj vertalt vertdoc widctlpar
        widowctrl wptab wraparound wrapdefault wrapthrough wraptight wrppunct zwbo zwj zwnbo zwnj
    "),
    (Room::Text, Some((i32::MIN, i32::MAX)), "
        mvdate revdttm revdttmdel
    "),
    (Room::Text, Some((0, 32_767)), "
        acf adeff af brdrcf cb cbpat cf cfpat chcbpat chcfpat clcbpat clcbpatraw clcfpat clcfpatraw deff ds
        f highlight ilvl ls mvauth revauth revauthdel s stshfbi stshfdbch stshfhich stshfloch trcbpat trcfpat ts
        tscellcbpat tscellcfpat yts
    "),
    (Room::Text, Some((0, 1)), "
        ab acaps ai aoutl ascaps ashad astrike aul auld auldb aulnone aulw b caps cgrid deleted embo gridtbl
        hyphauto hyphcaps hyphpar i impr mvf mvt outl revised saauto sbauto scaps shad strike striked ul uld uldash
        uldashd uldashdd uldb ulhwave ulldash ulth ulthd ulthdash ulthdashd ulthdashdd ulthldash ululdbwave
        ulw ulwave v
    "),
];

/// A group with a name: whether `\\*` stands before it, the rooms it may
/// stand in, what it holds.
#[derive(Clone, Copy)]
pub(super) struct Destination {
    pub(super) starred: bool,
    pub(super) within: &'static [Room],
    pub(super) inside: Room,
}

#[rustfmt::skip] // a table is read by columns
const DESTINATIONS: &[(bool, &[Room], Room, &str)] = &[
    (false, &[Room::Field], Room::Text, "fldrslt"),
    (false, &[Room::Lists], Room::Level, "levelnumbers leveltext"),
    (false, &[Room::Lists], Room::Lists, "lfolevel list listlevel listoverride"),
    (false, &[Room::Lists], Room::Name, "listname"),
    (false, &[Room::Numbering], Room::Name, "pntxta pntxtb"),
    (false, &[Room::Shape], Room::Text, "dptxbxtext shptxt"),
    (false, &[Room::Text, Room::Shape], Room::Shape, "shp shpgrp"),
    (false, &[Room::Text], Room::Colours, "colortbl"),
    (false, &[Room::Text], Room::Field, "field"),
    (false, &[Room::Text], Room::Fonts, "fonttbl"),
    (false, &[Room::Text], Room::Styles, "stylesheet"),
    (false, &[Room::Text], Room::Text, "
        footer footerf footerl footerr footnote header headerf headerl headerr listtext macc maccPr mbar
        mbarPr mbaseJc mbegChr mborderBox mborderBoxPr mbox mboxPr mbrk mcGp mcGpRule mcSp mchr mcount
        mctrlPr md mdPr mdeg mdegHide mden mdiff me mendChr meqArr meqArrPr mf mfName mfPr mfunc mfuncPr
        mgroupChr mgroupChrPr mgrow mjc mlim mlimLoc mlimLow mlimLowPr mlimUpp mlimUppPr mlit mm mmPr mmath
        mmaxDist mmc mmcJc mmcPr mmcs mmr mnary mnaryPr mnoBreak mnor mnum mobjDist mopEmu mphant mphantPr
        mplcHide mpos mr mrSp mrSpRule mrad mradPr msPre msPrePr msSub msSubPr msSubSup msSubSupPr msSup
        msSupPr msepChr mshow mshp msub msubHide msup msupHide mtransp mtype mvertJc mzeroAsc mzeroDesc
        mzeroWid pntext
    "),
    (true, &[Room::Field], Room::Instruction, "fldinst"),
    (true, &[Room::Fonts], Room::Name, "falt"),
    (true, &[Room::Form], Room::Name, "ffdeftext ffformat ffl ffname"),
    (true, &[Room::Instruction], Room::Form, "formfield"),
    (true, &[Room::Lists], Room::Name, "liststylename"),
    (true, &[Room::Shape], Room::Shape, "shpinst"),
    (true, &[Room::Text], Room::Lists, "listoverridetable listtable"),
    (true, &[Room::Text], Room::Name, "
        atnauthor atndate atnid atnref atrfend atrfstart bkmkend bkmkstart fchars lchars revtbl
    "),
    (true, &[Room::Text], Room::Numbering, "pn"),
    (true, &[Room::Text], Room::Shape, "do"),
    (true, &[Room::Text], Room::Styles, "defchp defpap"),
    (true, &[Room::Text], Room::Text, "
        aftncn aftnsep aftnsepc annotation background ftncn ftnsep ftnsepc nesttableprops
    "),
];

/// What a word may carry, by room.
type Numbers = Option<(i32, i32)>;

static KNOWN: LazyLock<HashMap<&str, Vec<(Room, Numbers)>>> = LazyLock::new(|| {
    let mut known: HashMap<&str, Vec<(Room, Numbers)>> = HashMap::new();
    for (room, numbers, names) in WORDS {
        for name in names.split_ascii_whitespace() {
            known.entry(name).or_default().push((*room, *numbers));
        }
    }
    known
});

/// The numbers that a word may carry in a room; `None` outside where it may
/// not stand there.
pub(super) fn numbers(name: &str, room: Room) -> Option<Numbers> {
    let rooms = KNOWN.get(name)?;
    let among = |wanted: Room| {
        let mut rooms = rooms.iter();
        rooms
            .find(|(room, _)| *room == wanted)
            .map(|(_, numbers)| *numbers)
    };
    among(room).or_else(|| match room {
        Room::Styles | Room::Lists => among(Room::Text),
        _ => None,
    })
}

static GROUPS: LazyLock<HashMap<&str, Destination>> = LazyLock::new(|| {
    let rows = DESTINATIONS.iter();
    rows.flat_map(|&(starred, within, inside, names)| {
        let group = Destination {
            starred,
            within,
            inside,
        };
        let names = names.split_ascii_whitespace();
        names.map(move |name| (name, group))
    })
    .collect()
});

/// The destination of this name.
pub(super) fn destination(name: &str) -> Option<Destination> {
    GROUPS.get(name).copied()
}

/// Rooms and names of all words, for the test that holds them against the
/// reader's.
#[cfg(test)]
pub(in crate::sanitise::rtf) fn all() -> impl Iterator<Item = (Room, &'static str)> {
    WORDS.iter().flat_map(|(room, _, names)| {
        let names = names.split_ascii_whitespace();
        names.map(|name| (*room, name))
    })
}

/// Names of all groups, for the same.
#[cfg(test)]
pub(in crate::sanitise::rtf) fn groups() -> impl Iterator<Item = &'static str> {
    let names = DESTINATIONS.iter().map(|(.., names)| *names);
    names.flat_map(str::split_ascii_whitespace)
}
