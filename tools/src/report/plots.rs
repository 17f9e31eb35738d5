//! The report's drawings, as SVG text.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use polyspot::manifest::Interval;
use polyspot_text::xml_characters;

use crate::evaluation::figures::OperatingPoint;

/// A drawing's outcome: the plotting library's errors differ with each back end.
type Drawn = Result<(), Box<dyn std::error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), two of them darker for lines on white.
const COLOURS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(150, 110, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(130, 60, 160),
    RGBColor(120, 120, 120),
    RGBColor(180, 40, 60),
];

/// A line of a tradeoff: its name and, from the lowest threshold up, false alarms per hour and share missed.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// Where a model works: false alarms per hour and share missed, with their intervals.
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) at: (f64, f64),
    pub(super) false_alarms: Interval,
    pub(super) missed: Interval,
}

/// Detection error tradeoff: missed keywords in percent against false alarms per hour, on a logarithmic axis whose left end
/// stands for none.
pub(super) fn tradeoff(lines: &[Line], marks: &[Mark], hours: f64) -> Result<String> {
    draw((760, 430), |area| tradeoff_on(area, lines, marks, hours))
}

fn tradeoff_on(area: &Area<'_>, lines: &[Line], marks: &[Mark], hours: f64) -> Drawn {
    let none = 0.5 / hours;
    let x = |per_hour: f64| per_hour.max(none);
    let points = || lines.iter().flat_map(|line| &line.points);
    let most = points().map(|(alarms, _)| *alarms).fold(10.0 * none, f64::max) * 1.2;
    let worst = points().filter(|(alarms, _)| *alarms > 0.0).map(|(_, missed)| *missed).fold(0.1, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(20)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d((none..most).log_scale(), 0.0..(worst * 105.0).min(100.0))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_desc("false alarms per hour (left end: none)")
        .y_desc("keywords missed, %")
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .x_label_formatter(&|v| format_short(*v))
        .draw()?;
    for (index, line) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let steps = line.points.iter().map(|&(alarms, missed)| (x(alarms), missed * 100.0));
        chart
            .draw_series(LineSeries::new(steps, colour.stroke_width(2)))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
    }
    for mark in marks {
        let colour = COLOURS[mark.line % COLOURS.len()];
        let (alarms, missed) = (x(mark.at.0), mark.at.1 * 100.0);
        let across = [(x(mark.false_alarms.low), missed), (x(mark.false_alarms.high).min(most), missed)];
        let up = [(alarms, mark.missed.low * 100.0), (alarms, mark.missed.high * 100.0)];
        for bar in [across, up] {
            chart.draw_series(LineSeries::new(bar, colour.mix(0.6).stroke_width(1)))?;
        }
        chart.draw_series([Circle::new((alarms, missed), 5, colour.filled())])?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font(("sans-serif", 13))
        .border_style(BLACK.mix(0.2))
        .background_style(WHITE.mix(0.85))
        .draw()?;
    area.present()?;
    Ok(())
}

/// A row of bars: its name, and a value in 0..=1 with its interval for each of the kinds.
pub(super) struct Bars {
    pub(super) name: String,
    pub(super) values: Vec<(f64, Interval)>,
}

/// Horizontal bars in percent, one group for each name, with whiskers.
pub(super) fn bars(kinds: &[String], rows: &[Bars]) -> Result<String> {
    let row_height = 12 * kinds.len() as u32 + 12;
    let height = 70 + row_height * rows.len() as u32;
    draw((760, height), |area| bars_on(area, kinds, rows, row_height as i32))
}

fn bars_on(area: &Area<'_>, kinds: &[String], rows: &[Bars], row_height: i32) -> Drawn {
    let (left, right, top) = (130, 730, 30);
    let small = ("sans-serif", 13).into_font();
    let highest = rows.iter().flat_map(|row| &row.values).map(|(_, i)| i.high).fold(0.05, f64::max);
    let step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].into_iter().find(|s| highest / s <= 8.0).unwrap_or(0.25);
    let end = ((highest / step).ceil() * step).min(1.0);
    let x = |share: f64| left + ((share / end).min(1.0) * f64::from(right - left)) as i32;
    let bottom = top + row_height * rows.len() as i32;
    let mut at = left;
    for (index, kind) in kinds.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        area.draw(&Rectangle::new([(at, 8), (at + 12, 18)], colour.mix(0.8).filled()))?;
        area.draw(&Text::new(kind.as_str(), (at + 17, 6), small.clone()))?;
        at += 40 + 8 * kind.chars().count() as i32;
    }
    for tick in 0..=(end / step).round() as i32 {
        let share = f64::from(tick) * step;
        let line = [(x(share), top), (x(share), bottom)];
        area.draw(&PathElement::new(line, BLACK.mix(0.12)))?;
        let label = format!("{:.0} %", share * 100.0);
        area.draw(&Text::new(label, (x(share) - 12, bottom + 6), small.clone()))?;
    }
    for (row, bars) in rows.iter().enumerate() {
        let y = top + row as i32 * row_height + 6;
        let middle = y + (row_height - 12) / 2 - 7;
        area.draw(&Text::new(bars.name.as_str(), (8, middle), small.clone()))?;
        for (index, (value, Interval { low, high })) in bars.values.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let (y, middle) = (y + 12 * index as i32, y + 12 * index as i32 + 5);
            area.draw(&Rectangle::new([(left, y), (x(*value), y + 10)], colour.mix(0.8).filled()))?;
            area.draw(&PathElement::new([(x(*low), middle), (x(*high), middle)], BLACK.stroke_width(1)))?;
            for end in [x(*low), x(*high)] {
                area.draw(&PathElement::new([(end, middle - 3), (end, middle + 3)], BLACK.stroke_width(1)))?;
            }
        }
    }
    area.present()?;
    Ok(())
}

impl Line {
    /// From the threshold on that misses the fewest: lower ones make more false alarms and miss more, as one keyword drowns out
    /// another.
    fn new(name: &str, points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut points: Vec<(f64, f64)> = points.collect();
        let best = (0..points.len()).rev().min_by(|&a, &b| points[a].1.total_cmp(&points[b].1)).unwrap_or(0);
        points.drain(..best);
        Self { name: name.to_owned(), points }
    }
}

/// The overall tradeoff under each condition.
pub(super) fn lines_by_condition(curve: &[OperatingPoint]) -> Vec<Line> {
    let conditions = curve.first().map_or(&[][..], |point| &point.conditions);
    let line = |(index, name): (usize, &str)| {
        Line::new(name, curve.iter().map(|p| (p.false_alarms.per_hour, p.conditions[index].missed.rate)))
    };
    conditions.iter().map(|c| c.condition.as_str()).enumerate().map(line).collect()
}

/// Each keyword's tradeoff under the first condition.
pub(super) fn lines_by_keyword(curve: &[OperatingPoint], keywords: &[String]) -> Vec<Line> {
    let point = |p: &OperatingPoint, keyword: usize| {
        let missed = p.conditions.first().map_or(0.0, |c| c.missed_by_keyword[keyword].rate);
        (p.false_alarms_by_keyword[keyword].per_hour, missed)
    };
    let line = |(index, name): (usize, &String)| Line::new(name, curve.iter().map(|p| point(p, index)));
    keywords.iter().enumerate().map(line).collect()
}

fn draw(size: (u32, u32), drawing: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String> {
    let mut svg = String::new();
    drawing(&SVGBackend::with_string(&mut svg, size).into_drawing_area())
        .map_err(|e| anyhow!("drawing the report: {e}"))?;
    Ok(inline(&xml_characters(&svg), size))
}

/// The SVG element alone, as wide as the page allows.
fn inline(svg: &str, (width, height): (u32, u32)) -> String {
    let body = svg.find("<svg").and_then(|start| svg[start..].find('>').map(|end| &svg[start + end + 1..]));
    format!(
        "<svg role=\"img\" viewBox=\"0 0 {width} {height}\" style=\"max-width:{width}px\" \
         xmlns=\"http://www.w3.org/2000/svg\">{}",
        body.unwrap_or(svg)
    )
}

fn format_short(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { format!("{}", (value * 100.0).round() / 100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_are_single_elements() {
        let line = Line { name: "clean".into(), points: vec![(10.0, 0.02), (1.0, 0.1), (0.0, 0.4)] };
        let interval = Interval { low: 0.05, high: 0.2 };
        let mark = Mark {
            line: 0,
            at: (1.0, 0.1),
            false_alarms: Interval { low: 0.1, high: 5.0 },
            missed: interval,
        };
        let row = Bars { name: "yes".into(), values: vec![(0.1, interval)] };
        for svg in [tradeoff(&[line], &[mark], 1.0).unwrap(), bars(&["clean".into()], &[row]).unwrap()] {
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert_eq!(svg.matches("<svg").count(), 1);
        }
    }
}
