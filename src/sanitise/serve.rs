//! A worker's whole task, after it is confined: job and input in, reply and
//! output out. Pure, and the only place that knows every format.

use super::protocol::{Beside, First, Job, Reply, Shape, Task, Wish};
use super::stage::Conversion;
use super::{
    Context, Family, Fonts, Kind, Refusal, Report, Treatment, codes, html, identify, image,
    message, odf, ole, ooxml, pdf, rtf, text, zip,
};

/// Does one job. What cannot be done is a refusal, never the input back.
#[must_use]
pub fn serve(job: &Job, input: &[u8], fonts: &Fonts) -> (Reply, Vec<u8>) {
    let context = Context {
        limits: &job.limits,
        fonts,
    };
    match answer(&job.task, input, &context) {
        Ok((reply, output)) => (reply, output),
        Err(refusal) => (Reply::Refused(refusal), Vec::new()),
    }
}

fn answer(task: &Task, input: &[u8], context: &Context<'_>) -> Result<(Reply, Vec<u8>), Refusal> {
    match task {
        Task::Identify { name } => Ok((
            Reply::Identified(identify::identify(input, name)),
            Vec::new(),
        )),
        Task::Split { kind, first } => {
            let (shape, leaves) = split(*kind, *first, input, context)?;
            Ok((Reply::Split(Box::new(shape)), leaves))
        }
        Task::Treat {
            kind,
            treatment,
            beside,
        } => {
            let mut report = Report::default();
            let output = treat(*kind, *treatment, input, beside, context, &mut report)?;
            Ok((Reply::Treated(report), output))
        }
        Task::Paint {
            kind,
            treatment,
            areas,
            wish,
        } => {
            let mut report = Report::default();
            let output = paint(
                (*kind, *treatment),
                input,
                (areas, *wish),
                context,
                &mut report,
            )?;
            Ok((Reply::Treated(report), output))
        }
        Task::ReadCodes { kind, pages } => {
            let codes = codes::read(*kind, input, pages, context)?;
            Ok((Reply::Codes(codes), Vec::new()))
        }
        Task::Verify { kind, ordered } => {
            match (kind, ordered) {
                // A taken-over worker must not hand out drawings for pictures.
                (Kind::Pdf, Some(Treatment::Flatten)) => pdf::verify_flattened(input, context)?,
                _ => verify(*kind, input, context)?,
            }
            Ok((Reply::Verified, Vec::new()))
        }
        Task::Join { kind, members } => {
            let mut parts = Vec::new();
            for member in members {
                let start = usize::try_from(member.range.offset).map_err(|_| Refusal::Malformed)?;
                let length =
                    usize::try_from(member.range.length).map_err(|_| Refusal::Malformed)?;
                let end = start.checked_add(length).ok_or(Refusal::Malformed)?;
                let bytes = input.get(start..end).ok_or(Refusal::Malformed)?;
                parts.push((member.name.clone(), bytes));
            }
            Ok((Reply::Joined, join(*kind, &parts, context)?))
        }
    }
}

fn split(
    kind: Kind,
    first: First,
    input: &[u8],
    context: &Context<'_>,
) -> Result<(Shape, Vec<u8>), Refusal> {
    if kind == Kind::Message {
        message::split(input, first, context)
    } else if kind == Kind::Zip {
        zip::split(input, context)
    } else {
        Err(Refusal::Unsupported)
    }
}

fn treat(
    kind: Kind,
    treatment: Treatment,
    input: &[u8],
    beside: &Beside,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    a_workers_own(kind, treatment)?;
    let charset = beside.charset.as_deref();
    match kind.family() {
        Family::Text => text::treat(input, kind, treatment, charset, context, report),
        Family::Page => {
            let words = (charset, beside.pictures.as_slice());
            html::treat(input, treatment, words, context, report)
        }
        Family::Office => ooxml::treat((kind, treatment), beside.wish, input, context, report),
        Family::OpenDocument => odf::treat((kind, treatment), beside.wish, input, context, report),
        Family::Ole => ole::treat(kind, treatment, input, context, report),
        Family::Rtf => rtf::treat((kind, treatment), beside.wish, input, context, report),
        Family::Pdf if treatment == Treatment::Rebuild => {
            pdf::rebuild(input, beside.wish, context, report)
        }
        Family::Pdf => pdf::treat(kind, treatment, input, context, report),
        Family::Picture => image::treat(kind, treatment, input, context, report),
        // Containers are split and joined, never treated whole.
        Family::Container => Err(Refusal::Unsupported),
        Family::Never(refusal) => Err(refusal),
    }
}

/// What the office stage has to do is no worker's.
fn a_workers_own(kind: Kind, treatment: Treatment) -> Result<(), Refusal> {
    match Conversion::of(kind, treatment) {
        Some(_) => Err(Refusal::Unsupported),
        None => Ok(()),
    }
}

/// As `treat`, for what shows pixels.
fn paint(
    (kind, treatment): (Kind, Treatment),
    input: &[u8],
    (areas, wish): (&[codes::Area], Wish),
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    a_workers_own(kind, treatment)?;
    match kind.family() {
        Family::Pdf => pdf::painted(treatment, input, areas, context, report),
        Family::Picture => image::painted(kind, treatment, input, areas, context, report),
        Family::Office => ooxml::painted((kind, treatment), wish, input, areas, context, report),
        Family::OpenDocument => {
            odf::painted((kind, treatment), wish, input, areas, context, report)
        }
        Family::Rtf => rtf::painted((kind, treatment), wish, input, areas, context, report),
        Family::Ole | Family::Text | Family::Page | Family::Container | Family::Never(_) => {
            Err(Refusal::Unsupported)
        }
    }
}

/// Only kinds that we write can be accepted.
fn verify(kind: Kind, output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    match kind {
        Kind::Text => text::verify_text(output),
        Kind::Csv => text::verify_csv(output),
        Kind::Json => text::verify_json(output),
        Kind::Calendar => text::verify_calendar(output),
        Kind::Contact => text::verify_contact(output),
        Kind::Html => html::verify(output),
        Kind::Message => {
            message::verify(output, context, &|kind, part| verify(kind, part, context))
        }
        Kind::Zip => zip::verify(output, context, &|kind, member| match kind {
            Kind::Html => html::verify_attached(member),
            kind => verify(kind, member, context),
        }),
        Kind::Word | Kind::Sheet | Kind::Slides => ooxml::verify(kind, output, context),
        Kind::Rtf => rtf::verify(output, context),
        Kind::OdfText | Kind::OdfSheet | Kind::OdfSlides | Kind::OdfDrawing => {
            odf::verify(kind, output, context)
        }
        Kind::Pdf => pdf::verify(kind, output, context),
        Kind::Jpeg | Kind::Png => image::verify(kind, output, context),
        Kind::Doc
        | Kind::Xls
        | Kind::Xlsb
        | Kind::Ppt
        | Kind::Gif
        | Kind::Bmp
        | Kind::Tiff
        | Kind::Webp
        | Kind::Jp2
        | Kind::Wmf
        | Kind::Emf
        | Kind::Svg
        | Kind::Encrypted
        | Kind::Executable
        | Kind::Unsupported
        | Kind::Unknown => Err(Refusal::Residue),
    }
}

fn join(
    kind: Kind,
    members: &[(String, &[u8])],
    context: &Context<'_>,
) -> Result<Vec<u8>, Refusal> {
    if kind == Kind::Zip {
        zip::join(members, context)
    } else {
        Err(Refusal::Unsupported)
    }
}
