//! `polyspot devices`: lists the microphones.

use std::io::{self, Write};

use anyhow::anyhow;
use polyspot_text::shown;
use serde::Serialize;

use crate::audio_input::{self, ADVICE};
use crate::exit::{Exit, Failure};
use crate::json_lines;

/// List the microphones.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// A line of the list.
#[derive(Serialize)]
struct Line<'a> {
    index: usize,
    id: &'a str,
    name: &'a str,
    sample_rate_hz: u32,
    channels: u16,
    sample_format: String,
    default: bool,
}

/// Writes the list to standard output.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let microphones = audio_input::microphones();
    if microphones.is_empty() {
        return Err(Failure::audio_device(anyhow!("no microphone found. {ADVICE}")));
    }
    let lines = microphones.iter().enumerate().map(|(before, found)| Line {
        index: before + 1,
        id: &found.id,
        name: &found.name,
        sample_rate_hz: found.sample_rate_hz,
        channels: found.channels,
        sample_format: found.sample_format.to_string(),
        default: found.is_default,
    });
    let mut out = io::stdout().lock();
    if args.json {
        for line in lines {
            json_lines::write(&mut out, &line)?;
        }
    } else {
        write_table(&mut out, &lines.collect::<Vec<_>>())?;
    }
    Ok(Exit::Done)
}

fn write_table(out: &mut impl Write, lines: &[Line<'_>]) -> io::Result<()> {
    let widest_id = lines.iter().map(|line| console::measure_text_width(&shown(line.id))).max().unwrap_or(0);
    for line in lines {
        let id = shown(line.id);
        let id = console::pad_str(&id, widest_id, console::Alignment::Left, None);
        let mark = if line.default { '*' } else { ' ' };
        writeln!(
            out,
            "{mark} {index:>2}  {id}  {rate:>6} Hz  {channels:>2} ch  {format:<3}  {name}",
            index = line.index,
            rate = line.sample_rate_hz,
            channels = line.channels,
            format = line.sample_format,
            name = shown(line.name),
        )?;
    }
    writeln!(out, "* default; choose another with `polyspot listen --device INDEX|ID|NAME`")
}
