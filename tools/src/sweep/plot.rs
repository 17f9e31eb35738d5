//! What methods reach against the parameters that they update, a panel for each language and figure.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use super::streams::FALSE_ALARMS_PER_HOUR;
use super::table::{Point, Seeds};
use crate::files::{Drawn, write_drawing};

const PANEL: (u32, u32) = (900, 420);

/// How far beyond the middle method's figure a panel goes, in points of percent: a method far worse would press the others into a
/// line, and is drawn as an arrow at the edge.
const BEYOND_MIDDLE: f64 = 6.0;

/// A figure that methods are compared by.
struct Figure {
    caption: String,
    of: fn(&Point) -> &Seeds,
    more_is_better: bool,
}

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
    let figures = [
        Figure { caption: "clips right on dev, %".into(), of: |point| &point.accuracy, more_is_better: true },
        Figure {
            caption: format!(
                "keywords missed in a stream at {FALSE_ALARMS_PER_HOUR} false alarm per hour, %"
            ),
            of: |point| &point.missed,
            more_is_better: false,
        },
    ];
    let measured = |language: &str, figure: &Figure| -> Vec<&Point> {
        points.iter().filter(|p| p.language == language && !(figure.of)(p).is_empty()).collect()
    };
    let panels = languages.iter().flat_map(|&language| figures.iter().map(move |figure| (language, figure)));
    let panels: Vec<_> = panels.filter(|(language, figure)| !measured(language, figure).is_empty()).collect();
    let count = panels.len().max(1);
    let area = SVGBackend::with_string(svg, (PANEL.0, PANEL.1 * count as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    for (area, (language, figure)) in area.split_evenly((count, 1)).iter().zip(panels) {
        draw_panel(language, figure, measured(language, figure), colour, area)?;
    }
    area.present()?;
    Ok(())
}

/// Points with their spread over the seeds; the names stand beside the panel, from the best down.
fn draw_panel(
    language: &str,
    figure: &Figure,
    mut points: Vec<&Point>,
    colour: impl Fn(&str) -> RGBAColor,
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Drawn {
    let mean = |point: &Point| (figure.of)(point).mean();
    let deviation = |point: &Point| (figure.of)(point).deviation();
    points.sort_by(|a, b| {
        let ascending = mean(a).total_cmp(&mean(b));
        if figure.more_is_better { ascending.reverse() } else { ascending }
    });
    let (chart_area, names) = area.split_horizontally(PANEL.0 - 230);
    let x = |point: &Point| point.updated.max(1.0);
    let (low, high) = extent(&points, figure);
    let most = points.iter().map(|p| x(p)).fold(1_000.0, f64::max) * 1.6;
    let least = points.iter().map(|p| x(p)).fold(most, f64::min).max(200.0) / 1.6;
    let mut chart = ChartBuilder::on(&chart_area)
        .caption(format!("{language}: {}", figure.caption), ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(46)
        .build_cartesian_2d((least..most).log_scale(), low..high)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("parameters updated, head apart")
        .x_label_formatter(&|v| format!("{v:.0}"))
        .draw()?;
    // The best last, so that none lies over it.
    for (index, point) in points.iter().enumerate().rev() {
        let colour = colour(&point.name);
        let (at, mean, deviation) = (x(point).max(least * 1.1), mean(point), deviation(point));
        if (low..=high).contains(&mean) {
            let bar = [(at, (mean - deviation).max(low)), (at, (mean + deviation).min(high))];
            chart.draw_series(LineSeries::new(bar, colour.stroke_width(2)))?;
            chart.draw_series([Circle::new((at, mean), 5, colour.filled())])?;
        } else {
            let (edge, back) = if mean < low { (low, -10) } else { (high, 10) };
            let arrow = Polygon::new([(-6, back), (6, back), (0, 0)], colour.filled());
            chart.draw_series([EmptyElement::at((at, edge)) + arrow])?;
        }
        let y = 50 + 21 * index as i32;
        names.draw(&Circle::new((10, y + 7), 5, colour.filled()))?;
        let name = format!("{} ({mean:.2})", point.name);
        names.draw(&Text::new(name, (24, y), ("sans-serif", 14)))?;
    }
    Ok(())
}

/// The figures that a panel has room for.
fn extent(points: &[&Point], figure: &Figure) -> (f64, f64) {
    let edge = |sign: f64| {
        move |point: &&Point| {
            let seeds = (figure.of)(point);
            (seeds.mean() + sign * seeds.deviation()).clamp(0.0, 100.0)
        }
    };
    let low = points.iter().map(edge(-1.0)).fold(100.0, f64::min);
    let high = points.iter().map(edge(1.0)).fold(0.0, f64::max);
    let middle = points.get(points.len() / 2).map_or(low, |point| (figure.of)(point).mean());
    if figure.more_is_better {
        (low.max(middle - BEYOND_MIDDLE).floor().min(99.0), 100.0)
    } else {
        ((low - 1.0).floor().max(0.0), (high + 1.0).min(middle + 2.0 * BEYOND_MIDDLE).ceil())
    }
}
