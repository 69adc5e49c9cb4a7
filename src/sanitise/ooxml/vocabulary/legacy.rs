//! Names of VML, relation ids and xml:space (ISO/IEC 29500-4 schemas; for later
//! namespaces the documented part we understand). Being listed only means that
//! the name is understood: what is dangerous among them is taken out by `rules`.

use super::Words;
use crate::sanitise::ooxml::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::V,
        elements: "\
arc background curve f fill formulas group h handles image imagedata line oval path polyline
rect roundrect shadow shape shapetype stroke textbox textpath",
        attributes: "\
adj alignshape alt angle arcsize arrowok aspect bilevel blacklevel chromakey class color
color2 colors control1 control2 coordorigin coordsize cropbottom cropleft cropright croptop
dashstyle editas embosscolor endAngle endarrow endarrowlength endarrowwidth endcap eqn
equationxml ext fillcolor filled fillok filltype fitpath fitshape focus focusposition
focussize from gain gamma gradientshapeok grayscale href id imagealignshape imageaspect
imagesize inset insetpen insetpenok invx invy joinstyle limo linestyle map matrix method
miterlimit obscured offset offset2 on opacity origin path points polar position print
radiusrange recolor recolortarget rotate shadowok size src startAngle startarrow
startarrowlength startarrowwidth string strokecolor stroked strokeok strokeweight style switch
target textboxrect textpathok title to trim type v weight wrapcoords xrange xscale yrange",
    },
    Words {
        space: Space::O,
        elements: "\
FieldCodes LinkType LockedField OLEObject bottom callout clippath colormenu colormru column
complex diagram entry equationxml extrusion fill idmap ink left lock proxy r regrouptable rel
relationtable right rules shapedefaults shapelayout signatureline skew top",
        attributes: "\
DrawAspect ObjectID ProgID ShapeID Type UpdateMode accentbar addlxml adjusthandles
allowcomments allowincell allowoverlap althref angle annotation aspectratio autoformat
autolayout autorotationcenter backdepth borderbottomcolor borderleftcolor borderrightcolor
bordertopcolor brightness bullet button bwmode bwnormal bwpure clip cliptowrap color color2
colormode colors connectangles connectloc connectlocs connectortype connecttype
constrainbounds contentType cropping dashstyle data detectmouseclick dgmbasetextscale
dgmfontsize dgmlayout dgmlayoutmru dgmnodekind dgmscalex dgmscaley dgmstyle diffusity distance
doubleclicknotify drop dropauto edge end endarrow endarrowlength endarrowwidth endcap
extrusioncolor extrusionok facet fill fillcolor filltype forcedash foredepth gap gfxdata
grouping how hr hralign href hrnoshade hrpct hrstd i id idcntr iddest idref idsrc
imagealignshape imageaspect imagesize insetmode insetpen issignatureline joinstyle length
lengthspecified lightface lightharsh lightharsh2 lightlevel lightlevel2 lightposition
lightposition2 linestyle lockrotationcenter master matrix metal minusx minusy miterlimit movie
new offset old ole oleicon oleid on oned opacity opacity2 orientation orientationangle origin
plane position preferrelative provid regroupid relid render reverse rotation rotationangle
rotationcenter selection shadowcolor shapetype shininess showsigndate signinginstructions
signinginstructionsset sigprovurl singleclick skewamt skewangle specularity spid spidmax spt
src start startarrow startarrowlength startarrowwidth stroke strokecolor style suggestedsigner
suggestedsigner2 suggestedsigneremail tablelimits tableproperties targetscreensize text
textborder title type ungrouping userdrawn userhidden v verticies viewpoint viewpointorigin
weight wrapcoords",
    },
    Words {
        space: Space::X,
        elements: "\
Accel Accel2 Anchor AutoFill AutoLine AutoPict AutoScale CF Camera Cancel Checked ClientData
ColHidden Colored Column DDE Default DefaultSize Disabled Dismiss DropLines DropStyle Dx
FirstButton FmlaGroup FmlaLink FmlaMacro FmlaPict FmlaRange FmlaTxbx Help Horiz Inc JustLastX
LCT ListItem LockText Locked MapOCX Max Min MoveWithCells MultiLine MultiSel NoThreeD
NoThreeD2 Page PrintObject RecalcAlways Row RowHidden ScriptExtended ScriptLanguage
ScriptLocation ScriptText SecretEdit Sel SelType SizeWithCells TextHAlign TextVAlign UIObj
VScroll VTEdit Val ValidIds Visible WidthMin",
        attributes: "\
ObjectType",
    },
    Words {
        space: Space::W10,
        elements: "\
anchorlock borderbottom borderleft borderright bordertop wrap",
        attributes: "\
anchorx anchory shadow side type width",
    },
    Words {
        space: Space::R,
        elements: "\
",
        attributes: "\
cs dm embed id link lo pict qs",
    },
    Words {
        space: Space::Xml,
        elements: "\
",
        attributes: "\
space",
    },
    Words {
        space: Space::None,
        elements: "\
xml",
        attributes: "\
",
    },
];
