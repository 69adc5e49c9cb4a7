//! Words of the document, its sections, paragraphs and characters.

use super::{Number, Room, Words};

pub(super) const WORDS: &[Words] = &[
    Words {
        room: Room::Text,
        number: Number::Bare,
        names: "
        facingp margmirror landscape widowctrl notabind nocolbal noextrasprl truncatefontheight prcolbl
        sprslnsp sprsspbf sprstsp sprstsm swpbdr otblrul msmcap fracwidth noultrlspc dntblnsbdb expshrtn
        nospaceforul noxlattoyen useltbaln alntblind lytcalctblwd lyttblrtgr lnbrkrule nobrkwrptbl
        snaptogridincell allowfieldendsel wrppunct asianbrkrule newtblstyruls nogrowautofit nojkernpunct
        splytwnine ftnlytwnine lytexcttp lytprtmet lnongrid bdbfhdr bdrrlswsix oldlinewrap oldas
        nolnhtadjtbl usenormstyforlist noindnmbrts felnbrelev nocxsptable indrlsweleven noafcnsttbl afelev
        hwelev spltpgpar notcvasp notbrkcnstfrctbl notvatxbx krnprsnet cachedcolbal utinl nouicompat
        nofeaturethrottle brkfrm wptab transmf cvmme jcompress jexpand jsksu ilfomacatclnup
        ftnbj ftntj endnotes enddoc aendnotes aenddoc aftnbj aftntj ftnrestart ftnrstpg ftnrstcont
        aftnrestart aftnrstcont ftnnar ftnnalc ftnnauc ftnnrlc ftnnruc ftnnchi ftnnchosung ftnncnum
        ftnndbnum ftnndbnumd ftnndbnumt ftnndbnumk ftnndbar ftnnganada ftnngbnum ftnngbnumd ftnngbnuml
        ftnngbnumk ftnnzodiac ftnnzodiacd ftnnzodiacl aftnnar aftnnalc aftnnauc aftnnrlc aftnnruc aftnnchi
        aftnnchosung aftnncnum aftnndbnum aftnndbnumd aftnndbnumt aftnndbnumk aftnndbar aftnnganada
        aftnngbnum aftnngbnumd aftnngbnuml aftnngbnumk aftnnzodiac aftnnzodiacd aftnnzodiacl
        rtldoc ltrdoc horzdoc vertdoc gutterprl rtlgutter twoonone bookfold bookfoldrev pgbrdrhead
        pgbrdrfoot pgbrdrsnap dgmargin dgsnap revisions nouicompat htmautsp titlepg ltrpar rtlpar
        sectd endnhere sbknone sbkcol sbkpage sbkeven sbkodd linebetcol linerestart lineppage linecont
        margmirsxn lndscpsxn pgncont pgnrestart pgndec pgnucrm pgnlcrm pgnucltr pgnlcltr pgnbidia pgnbidib
        pgnchosung pgncnum pgndbnum pgndbnumd pgndbnumt pgndbnumk pgndecd pgnganada pgngbnum pgngbnumd
        pgngbnuml pgngbnumk pgnzodiac pgnzodiacd pgnzodiacl pgnid pgnhindia pgnhindib pgnhindic pgnhindid
        pgnthaia pgnthaib pgnthaic pgnvieta pgnhnsh pgnhnsp pgnhnsc pgnhnsm pgnhnsn
        vertal vertalt vertalb vertalc vertalj ltrsect rtlsect sectspecifycl sectspecifyl sectdefaultcl
        sectunlocked sftnbj sftntj sftnrestart sftnrstpg sftnrstcont saftnrestart saftnrstcont sftnnar
        sftnnalc sftnnauc sftnnrlc sftnnruc sftnnchi sftnnchosung sftnncnum sftnndbnum sftnndbnumd
        sftnndbnumt sftnndbnumk sftnndbar sftnnganada sftnngbnum sftnngbnumd sftnngbnuml sftnngbnumk
        sftnnzodiac sftnnzodiacd sftnnzodiacl saftnnar saftnnalc saftnnauc saftnnrlc saftnnruc saftnnchi
        saftnnchosung saftnncnum saftnndbnum saftnndbnumd saftnndbnumt saftnndbnumk saftnndbar
        saftnnganada saftnngbnum saftnngbnumd saftnngbnuml saftnngbnumk saftnnzodiac saftnnzodiacd
        saftnnzodiacl ftnalt
        par pard sect intbl keep keepn noline nowidctlpar widctlpar pagebb sbys ql qr qj qc qd qt qnatural
        adjustright indmirror nosnaplinegrid contextualspace nooverflow aspalpha aspnum
        faauto fahang facenter faroman favar fafixed collapsed
        tqr tqc tqdec tldot tlmdot tlhyph tlul tlth tleq
        brdrt brdrb brdrl brdrr brdrbtw brdrbar box brdrs brdrth brdrsh brdrdb brdrdot brdrdash brdrhair
        brdrinset brdrdashsm brdrdashd brdrdashdd brdrdashdot brdrdashdotdot brdrdashdotstr brdroutset
        brdrtriple brdrtnthsg brdrthtnsg brdrtnthtnsg brdrtnthmg brdrthtnmg brdrtnthtnmg brdrtnthlg
        brdrthtnlg brdrtnthtnlg brdrwavy brdrwavydb brdremboss brdrengrave brdrnone brdrnil brdrtbl
        brdrframe bghoriz bgvert bgfdiag bgbdiag bgcross bgdcross bgdkhoriz bgdkvert bgdkfdiag bgdkbdiag
        bgdkcross bgdkdcross
        phmrg phpg phcol posxc posxi posxo posxr posxl pvmrg pvpg pvpara posyt posyil posyb posyc posyin
        posyout nowrap overlay wrapdefault wraparound wraptight wrapthrough frmtxlrtb frmtxtbrl frmtxbtlr
        frmtxlrtbv frmtxtbrlv
        plain ulnone nosupersub sub super loch hich dbch ltrch rtlch rtlmark ltrmark zwj zwnj zwbo zwnbo
        accnone acccomma accdot acccircle accunderdot noproof chbrdr chbghoriz chbgvert chbgfdiag
        chbgbdiag chbgcross chbgdcross chbgdkhoriz chbgdkvert chbgdkfdiag chbgdkbdiag chbgdkcross
        chbgdkdcross nosectexpand
        tab line page column softline softpage softcol bullet emdash endash emspace enspace qmspace lquote
        rquote ldblquote rdblquote chdate chdpl chdpa chtime chpgn sectnum chftn chatn chftnsep chftnsepc
        ",
    },
    Words {
        room: Room::Text,
        number: Number::Toggle,
        names: "
        b i ul uld uldash uldashd uldashdd uldb ulhwave ulldash ulth ulthd ulthdash ulthdashd ulthdashdd
        ulthldash ululdbwave ulw ulwave strike striked scaps caps outl shad embo impr cgrid gridtbl
        hyphauto hyphcaps hyphpar sbauto saauto revised deleted mvf mvt
        v ab ai aul auld auldb aulnone aulw acaps ascaps aoutl ashad astrike
        ",
    },
    Words {
        room: Room::Text,
        number: Number::Amount,
        names: "
        deflang deflangfe adeflang themelang themelangfe themelangcs viewkind viewscale viewzk
        paperw paperh psz margl margr margt margb gutter deftab pgnstart linestart ftnstart aftnstart fet
        hyphhotz hyphconsec dghspace dgvspace dghorigin dgvorigin dghshow dgvshow bookfoldsheets revprop
        revbar cts stextflow horzvert twoinone
        binfsxn binsxn cols colsx colno colsr colw linex linemod linestarts pgwsxn pghsxn marglsxn margrsxn
        margtsxn margbsxn guttersxn headery footery pgnstarts pgnx pgny pgnhn sectlinegrid sectexpand
        sectspecifygen sftnstart saftnstart pgbrdropt
        itap level outlinelevel qk fi cufi li lin culi ri rin curi sb sa lisb lisa sl slmult
        pardeftab tx tb brdrw brsp shading absw absh posx posnegx posy posnegy abslock dxfrtext dfrmtxtx
        dfrmtxty dropcapli dropcapt absnoovrlp
        up dn fs afs fcs expnd expndtw kerning charscalex animtext lang langfe langnp langfenp alang cs
        fittext g gcw cchs adn aup aexpnd chshdng ulc softlheight lbr
        ",
    },
    Words {
        room: Room::Text,
        number: Number::Index,
        names: "
        deff adeff stshfdbch stshfloch stshfhich stshfbi s ls ilvl f af cf acf cb chcbpat chcfpat highlight
        cfpat cbpat brdrcf revauth revauthdel mvauth ds
        ",
    },
    Words {
        room: Room::Text,
        number: Number::Id,
        names: "revdttm revdttmdel mvdate",
    },
    Words {
        room: Room::Styles,
        number: Number::Bare,
        names: "
        additive sautoupd shidden slocked spersonal scompose sreply tsrowd
        ",
    },
    Words {
        room: Room::Styles,
        number: Number::Amount,
        names: "ssemihidden sunhideused sqformat spriority",
    },
    Words {
        room: Room::Styles,
        number: Number::Index,
        names: "sbasedon snext slink",
    },
    Words {
        room: Room::Fonts,
        number: Number::Index,
        names: "f",
    },
    Words {
        room: Room::Fonts,
        number: Number::Bare,
        names: "
        fnil froman fswiss fmodern fscript fdecor ftech fbidi flomajor fhimajor fdbmajor fbimajor flominor
        fhiminor fdbminor fbiminor
        ",
    },
    Words {
        room: Room::Fonts,
        number: Number::Byte,
        names: "fcharset fprq",
    },
    Words {
        room: Room::Colours,
        number: Number::Byte,
        names: "red green blue ctint cshade",
    },
    Words {
        room: Room::Colours,
        number: Number::Bare,
        names: "
        cmaindarkone cmainlightone cmaindarktwo cmainlighttwo caccentone caccenttwo caccentthree
        caccentfour caccentfive caccentsix chyperlink cfollowedhyperlink cbackgroundone ctextone
        cbackgroundtwo ctexttwo
        ",
    },
];
