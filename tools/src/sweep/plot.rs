//! Accuracy against parameters updated, one panel for each language.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use super::table::Point;
use crate::files::{Drawn, write_drawing};

const PANEL: (u32, u32) = (900, 420);

pub(super) fn draw(points: &[Point], path: &Path) -> Result<()> {
    write_drawing(path, |svg| panels(points, svg))
}

fn panels(points: &[Point], svg: &mut String) -> Drawn {
    let mut languages: Vec<&str> = points.iter().map(|point| point.language.as_str()).collect();
    languages.dedup();
    // A method has one colour in all panels.
    let mut methods: Vec<&str> = Vec::new();
    for point in points {
        if !methods.contains(&point.name.as_str()) {
            methods.push(&point.name);
        }
    }
    let colour = |name: &str| {
        Palette99::pick(methods.iter().position(|&method| method == name).unwrap_or(0)).to_rgba()
    };
    let height = PANEL.1 * languages.len().max(1) as u32;
    let area = SVGBackend::with_string(svg, (PANEL.0, height)).into_drawing_area();
    area.fill(&WHITE)?;
    for (panel, language) in area.split_evenly((languages.len().max(1), 1)).iter().zip(languages) {
        let points: Vec<&Point> = points.iter().filter(|point| point.language == language).collect();
        draw_panel(language, &points, colour, panel)?;
    }
    area.present()?;
    Ok(())
}

/// Points with their spread over the seeds; the names stand beside the panel, from the most accurate down.
fn draw_panel(
    language: &str,
    points: &[&Point],
    colour: impl Fn(&str) -> RGBAColor,
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Drawn {
    let (chart_area, names) = area.split_horizontally(PANEL.0 - 230);
    let x = |point: &Point| point.updated.max(1.0);
    let low = points.iter().map(|p| p.mean() - p.deviation()).fold(100.0, f64::min).clamp(0.0, 99.0);
    // A method far below the others would press them into a line: it is drawn as an arrow at the axis.
    let mut means: Vec<f64> = points.iter().map(|p| p.mean()).collect();
    means.sort_by(f64::total_cmp);
    let middle = means.get(means.len() / 2).copied().unwrap_or(low);
    let floor = low.max(middle - 6.0).floor();
    let most = points.iter().map(|p| x(p)).fold(1_000.0, f64::max) * 1.6;
    let least = points.iter().map(|p| x(p)).fold(most, f64::min).max(200.0) / 1.6;
    let mut chart = ChartBuilder::on(&chart_area)
        .caption(format!("{language}: accuracy on dev, %"), ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(46)
        .build_cartesian_2d((least..most).log_scale(), floor..100.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("parameters updated, head apart")
        .x_label_formatter(&|v| format!("{v:.0}"))
        .draw()?;
    // The most accurate last, so that none lies over it.
    for (index, point) in points.iter().enumerate().rev() {
        let colour = colour(&point.name);
        let (at, mean, deviation) = (x(point).max(least * 1.1), point.mean(), point.deviation());
        if mean < floor {
            let arrow = Polygon::new([(-6, -10), (6, -10), (0, 0)], colour.filled());
            chart.draw_series([EmptyElement::at((at, floor)) + arrow])?;
        } else {
            let bar = [(at, (mean - deviation).max(floor)), (at, (mean + deviation).min(100.0))];
            chart.draw_series(LineSeries::new(bar, colour.stroke_width(2)))?;
            chart.draw_series([Circle::new((at, mean), 5, colour.filled())])?;
        }
        let y = 50 + 21 * index as i32;
        names.draw(&Circle::new((10, y + 7), 5, colour.filled()))?;
        let name = format!("{} ({:.2})", point.name, point.mean());
        names.draw(&Text::new(name, (24, y), ("sans-serif", 14)))?;
    }
    Ok(())
}
