//! What an adaptation changed, as a picture: which layers, how much, and how the policy came to it.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use super::adapter::About;
use super::stages::Record;
use crate::files::{Drawn, write_drawing};

const WIDTH: u32 = 900;
const ROW: i32 = 26;

/// Draws an adapter and the records of its making.
pub(crate) fn draw(about: &About, records: &[Record], path: &Path) -> Result<()> {
    write_drawing(path, |svg| layers_and_policy(about, records, svg))
}

fn layers_and_policy(about: &About, records: &[Record], svg: &mut String) -> Drawn {
    let policy: Vec<&Vec<Vec<f32>>> = records.iter().filter_map(|record| record.policy.as_ref()).collect();
    let top = (70 + ROW * about.layers.len() as i32 + 20) as u32;
    let height = if policy.len() < 2 { top } else { top + 330 };
    let area = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let (bars, below) = area.split_vertically(top);
    layers(about, &bars)?;
    if policy.len() >= 2 {
        let (lines, names) = below.split_horizontally(WIDTH - 220);
        policy_over_time(about, &policy, &lines, &names)?;
    }
    area.present()?;
    Ok(())
}

/// A bar per layer: what is updated, of what there is.
fn layers(about: &About, area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Drawn {
    let updated: usize = about.layers.iter().map(|layer| layer.updated).sum();
    let title = format!(
        "{} by {}: {updated} of {} parameters updated ({:.1} %), and {} of the head",
        about.vocabulary.language,
        about.method,
        about.base_parameters,
        updated as f64 * 100.0 / about.base_parameters as f64,
        about.head
    );
    area.draw(&Text::new(title, (14, 14), ("sans-serif", 18)))?;
    area.draw(&Text::new("grey: parameters of the layer; blue: updated", (14, 40), ("sans-serif", 13)))?;
    let most = about.layers.iter().map(|layer| layer.parameters).max().unwrap_or(1).max(1) as f64;
    let (left, full) = (170, 500.0);
    for (row, layer) in about.layers.iter().enumerate() {
        let y = 66 + ROW * row as i32;
        let bar = |count: usize| [(left, y), (left + (count as f64 / most * full) as i32, y + ROW - 8)];
        area.draw(&Text::new(layer.name.as_str(), (14, y + 3), ("sans-serif", 13)))?;
        area.draw(&Rectangle::new(bar(layer.parameters), RGBColor(222, 222, 222).filled()))?;
        area.draw(&Rectangle::new(bar(layer.updated), RGBColor(40, 90, 170).filled()))?;
        let label = format!("{}: {} of {}", layer.form, layer.updated, layer.parameters);
        let ink = if layer.updated == 0 { RGBColor(120, 120, 120) } else { BLACK };
        area.draw(&Text::new(
            label,
            (left + full as i32 + 12, y + 3),
            ("sans-serif", 13).into_font().color(&ink),
        ))?;
    }
    Ok(())
}

/// A line per layer: how probable it is that the policy changes it at all.
fn policy_over_time(
    about: &About,
    policy: &[&Vec<Vec<f32>>],
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    names: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Drawn {
    let last = policy.len().max(2) as f32;
    let mut chart = ChartBuilder::on(area)
        .caption("probability that the policy changes a layer, while it decides", ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(1f32..last, 0f32..1f32)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("report")
        .x_labels(policy.len().min(12))
        .draw()?;
    // The first layers are no matter of the policy if they are shared.
    let decided = policy.first().map_or(0, |layers| layers.len());
    let shared = about.layers.len().saturating_sub(decided);
    for (index, layer) in about.layers[shared..].iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let line = policy.iter().enumerate().map(|(at, options)| (at as f32 + 1.0, 1.0 - options[index][0]));
        chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?;
        let y = 44 + 20 * index as i32;
        names.draw(&PathElement::new([(4, y + 6), (26, y + 6)], colour.stroke_width(3)))?;
        names.draw(&Text::new(layer.name.as_str(), (34, y), ("sans-serif", 13)))?;
    }
    Ok(())
}
