//! Kilobytes and seconds per page over `perf.txt`, one core, sandbox included.

use super::{Bench, name, poppler};

pub fn run(bench: &Bench) {
    println!("| file | pages | KB a page | pages/s | median ms |");
    println!("|---|---:|---:|---:|---:|");
    let (mut pages, mut bytes, mut seconds) = (0, 0, 0.0);
    for path in bench.timed() {
        let input = std::fs::read(&path).unwrap();
        let count = poppler::pages(&path).unwrap();
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..5 {
            let (output, took) = bench.flatten(&input);
            size = output.unwrap().len();
            times.push(took.as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let median = times[2];
        println!(
            "| {} | {count} | {} | {:.1} | {:.1} |",
            name(&path),
            size / count / 1_000,
            count as f64 / median,
            median * 1_000.0,
        );
        pages += count;
        bytes += size;
        seconds += median;
    }
    println!(
        "| all | {pages} | {} | {:.1} | |",
        bytes / pages / 1_000,
        pages as f64 / seconds
    );
}
