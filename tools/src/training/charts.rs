//! Learning curves and confusion matrices as SVG beside the checkpoint.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;
use polyspot::evaluation::Confusion;

use super::checkpoint::About;
use crate::files::{Drawn, write_drawing};

/// Draws the curves of the run so far (`<checkpoint>.curves.svg`) and a table of the last judgement per
/// language (`<checkpoint>.confusion.<language>.svg`).
pub(super) fn draw(about: &About, tables: &[Confusion], checkpoint: &Path) -> Result<()> {
    write_drawing(&checkpoint.with_extension("curves.svg"), |svg| curves(about, svg))?;
    for (vocabulary, table) in about.vocabularies.iter().zip(tables).filter(|(_, table)| table.clips() > 0) {
        let path = checkpoint.with_extension(format!("confusion.{}.svg", vocabulary.language));
        write_drawing(&path, |svg| confusion(table, &vocabulary.language, svg))?;
    }
    Ok(())
}

fn curves(about: &About, svg: &mut String) -> Drawn {
    let epochs = &about.history.epochs;
    let area = SVGBackend::with_string(svg, (860, 640)).into_drawing_area();
    area.fill(&WHITE)?;
    let (top, bottom) = area.split_vertically(320);
    let last = epochs.len().max(2) as f32;
    let highest = epochs.iter().map(|e| e.loss).fold(0.1, f32::max);
    let lowest = epochs.iter().map(|e| e.loss).fold(highest, f32::min);
    let mut losses = ChartBuilder::on(&top)
        .caption("training loss", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d(1f32..last, lowest * 0.95..highest * 1.02)?;
    losses.configure_mesh().light_line_style(TRANSPARENT).x_desc("epoch").draw()?;
    losses.draw_series(LineSeries::new(points(epochs.iter().map(|e| e.loss)), BLUE.stroke_width(2)))?;

    let accuracies = || epochs.iter().flat_map(|e| e.dev_accuracy.iter().flatten()).map(|a| a * 100.0);
    let floor = accuracies().skip(accuracies().count() / 5).fold(100.0, f32::min).clamp(0.0, 95.0);
    let mut chart = ChartBuilder::on(&bottom)
        .caption("accuracy on dev clips, %", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d(1f32..last, floor.floor()..100f32)?;
    chart.configure_mesh().light_line_style(TRANSPARENT).x_desc("epoch").draw()?;
    let judged = |index: usize| epochs.iter().any(|e| e.dev_accuracy[index].is_some());
    for (index, vocabulary) in about.vocabularies.iter().enumerate().filter(|(index, _)| judged(*index)) {
        let colour = Palette99::pick(index).to_rgba();
        let line = points(epochs.iter().map(|e| e.dev_accuracy[index].unwrap_or(0.0) * 100.0));
        let line = line.filter(|(_, accuracy)| *accuracy >= floor.floor());
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
            .label(&vocabulary.language)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

fn points(values: impl Iterator<Item = f32>) -> impl Iterator<Item = (f32, f32)> {
    values.enumerate().map(|(i, value)| (i as f32 + 1.0, value))
}

/// One row per truth, one column per judgement; shades are shares of the row.
fn confusion(table: &Confusion, language: &str, svg: &mut String) -> Drawn {
    let (cell, left, top) = (34i32, 110i32, 130i32);
    let n = table.labels().len() as i32;
    let size = ((left + n * cell + 20) as u32, (top + n * cell + 20) as u32);
    let area = SVGBackend::with_string(svg, size).into_drawing_area();
    area.fill(&WHITE)?;
    let title = format!("{language}: {:.2} % of dev clips right", table.accuracy().unwrap_or(0.0) * 100.0);
    area.draw(&Text::new(title, (12, 12), ("sans-serif", 18)))?;
    area.draw(&Text::new("rows: truth, columns: judged as", (12, 36), ("sans-serif", 13)))?;
    let small = ("sans-serif", 13).into_font();
    for (i, label) in table.labels().iter().enumerate() {
        let i = i as i32;
        area.draw(&Text::new(label.as_str(), (12, top + i * cell + 10), small.clone()))?;
        let turned = small.clone().transform(FontTransform::Rotate270);
        area.draw(&Text::new(label.as_str(), (left + i * cell + 10, top - 8), turned))?;
    }
    for (row, counts) in table.counts().iter().enumerate() {
        let total = counts.iter().sum::<u64>().max(1);
        for (column, &count) in counts.iter().enumerate() {
            let corner = (left + column as i32 * cell, top + row as i32 * cell);
            let share = count as f64 / total as f64;
            let colour = if row == column { RGBColor(20, 110, 60) } else { RGBColor(190, 40, 30) };
            let opacity = if count == 0 { 0.03 } else { 0.15 + 0.85 * share };
            let square = [corner, (corner.0 + cell - 2, corner.1 + cell - 2)];
            area.draw(&Rectangle::new(square, colour.mix(opacity).filled()))?;
            if count > 0 {
                let ink = if opacity > 0.55 { WHITE } else { BLACK };
                area.draw(&Text::new(
                    count.to_string(),
                    (corner.0 + 6, corner.1 + 9),
                    small.clone().color(&ink),
                ))?;
            }
        }
    }
    area.present()?;
    Ok(())
}
