//! One self-contained page: no script, no font, no file beside it.

use std::fmt::Write;

use anyhow::Result;
use polyspot_text::xml;

use super::plots::{self, Bars, Mark};
use super::{Evaluation, StreamFigures, tables, text};
use crate::evaluation::clips::ClipFigures;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #ddd}\
h3{font-size:1rem;margin-bottom:.3rem}svg{width:100%;height:auto;display:block}\
table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums}\
th,td{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #eee;white-space:nowrap}\
th:first-child,td:first-child{text-align:left}th{font-weight:600;border-bottom:1px solid #999}\
.scroll{overflow-x:auto}.confusion td{min-width:1.6rem;text-align:center;padding:.1rem .3rem}\
.confusion th{padding:.1rem .3rem;text-align:center}.note,small{color:#555;font-size:.85rem}\
.big{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}.big div{border:1px solid #ddd;border-radius:.5rem;padding:.6rem 1rem}\
.big b{display:block;font-size:1.5rem}.met{color:#06632f}.broken{color:#a11;font-weight:600}code{overflow-wrap:anywhere}";

pub(super) fn page(evaluation: &Evaluation) -> Result<String> {
    let Evaluation { model, clips, streams, .. } = evaluation;
    let mut page = String::new();
    let title = format!("{} ({})", xml(&model.file), xml(&model.language));
    write!(
        page,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><h1>{title}</h1>\
         <p class=\"note\">{} parameters, sha256 <code>{}</code>, written by {}; judged by {} with<br><code>{}</code></p>",
        model.parameters,
        model.sha256,
        xml(&model.written_by),
        xml(&evaluation.tool),
        xml(&evaluation.command)
    )?;
    summary(&mut page, evaluation)?;
    if let Some(streams) = streams {
        stream_section(&mut page, streams)?;
    }
    if let Some(wake) = &evaluation.after_wake_word {
        let lines = text::lines_of(wake).map(|line| xml(line.trim()));
        write!(page, "<h2>After a wake word</h2><p>{}</p>", lines.join("<br>"))?;
    }
    clip_section(&mut page, clips, evaluation)?;
    page.push_str(
        "<p class=\"note\">Intervals are of 95 %: Wilson's for rates, exact Poisson for false alarms per hour, bootstrap over \
         speakers for accuracy and where it is said, over recordings likewise. They tell how far chance may have moved a figure, not how other recordings would differ.</p>\
         </body></html>\n",
    );
    Ok(page)
}

fn summary(page: &mut String, evaluation: &Evaluation) -> Result<()> {
    page.push_str("<div class=\"big\">");
    let mut tile = |figure: String, what: &str, more: String| {
        write!(page, "<div><b>{figure}</b>{}<br><span class=\"note\">{}</span></div>", xml(what), xml(&more))
    };
    if let Some(streams) = &evaluation.streams {
        let point = &streams.own;
        for rejects in &point.conditions {
            let figure = format!("{:.1} %", rejects.missed.rate * 100.0);
            tile(figure, &format!("missed, {}", rejects.condition), rejects.missed.to_string())?;
        }
        let figure = format!("{:.2} /h", point.false_alarms.per_hour);
        tile(figure, "false alarms", point.false_alarms.to_string())?;
    }
    let keywords = &evaluation.clips.keywords;
    tile(format!("{:.1} %", keywords.rate * 100.0), "of keyword clips right", text::accuracy(keywords))?;
    page.push_str("</div>");
    for verdict in &evaluation.requirements {
        let requirement = xml(&verdict.requirement);
        match &verdict.broken {
            None => write!(page, "<p class=\"met\">met: {requirement}</p>")?,
            Some(reason) => {
                write!(page, "<p class=\"broken\">broken: {requirement}: {}</p>", xml(reason))?;
            }
        }
    }
    Ok(())
}

fn stream_section(page: &mut String, streams: &StreamFigures) -> Result<()> {
    let hours = streams.own.false_alarms.hours;
    let negatives: Vec<String> =
        streams.negatives.iter().map(|n| format!("{} ({:.2} h)", xml(&n.name), n.hours)).collect();
    write!(
        page,
        "<h2>Streams</h2><p>Keywords one after the other, a second apart unless a condition says otherwise, missed against false \
         alarms on {}. Mean of {} posteriors, {} ms refractory period.</p><p class=\"note\">{}</p>",
        negatives.join(", "),
        streams.smoothing_steps,
        streams.refractory_ms,
        streams.counting
    )?;
    tables::held(page, streams)?;
    let point = &streams.own;
    let marks: Vec<Mark> = point
        .conditions
        .iter()
        .enumerate()
        .map(|(line, rejects)| Mark {
            line,
            at: (point.false_alarms.per_hour, rejects.missed.rate),
            false_alarms: point.false_alarms.interval,
            missed: rejects.missed.interval,
        })
        .collect();
    let drawing = plots::tradeoff(&plots::lines_by_condition(&streams.curve), &marks, hours)?;
    write!(
        page,
        "<h3>All keywords</h3><p class=\"note\">Lines: one threshold for all keywords, from the lowest to the highest. Dots: the \
         model's own thresholds.</p>{drawing}"
    )?;
    let lines = plots::lines_by_keyword(&streams.curve, &streams.keywords);
    // More lines than colours would say nothing.
    if lines.len() <= 10 {
        let condition = point.conditions.first().map_or("", |c| c.condition.as_str());
        let drawing = plots::tradeoff(&lines, &[], hours)?;
        write!(page, "<h3>Each keyword, {}</h3>{drawing}", xml(condition))?;
    }
    let kinds: Vec<String> = point.conditions.iter().map(|c| c.condition.clone()).collect();
    let rows: Vec<Bars> = streams
        .keywords
        .iter()
        .enumerate()
        .map(|(index, name)| Bars {
            name: name.clone(),
            values: point
                .conditions
                .iter()
                .map(|c| {
                    let missed = c.missed_by_keyword[index];
                    (missed.rate, missed.interval)
                })
                .collect(),
        })
        .collect();
    write!(page, "<h3>Missed at the model's own thresholds</h3>{}", plots::bars(&kinds, &rows)?)?;
    write!(page, "<h3>At the model's own thresholds</h3>")?;
    tables::point(page, streams, &streams.own)?;
    for held in &streams.held {
        let Some(point) = &held.point else { continue };
        write!(
            page,
            "<h3>At the lowest common threshold with at most {} false alarms per hour</h3>\
             <p class=\"note\">Chosen on the recordings that it is counted on here.</p>",
            held.false_alarms_per_hour
        )?;
        tables::point(page, streams, point)?;
    }
    Ok(())
}

fn clip_section(page: &mut String, clips: &ClipFigures, evaluation: &Evaluation) -> Result<()> {
    let Evaluation { data, data_is_plain, .. } = evaluation;
    if *data_is_plain {
        write!(
            page,
            "<p class=\"note\">All of <i>{}</i> was judged, for it is not split: figures of a model that was trained on it say \
             nothing of others.</p>",
            xml(data)
        )?;
    }
    write!(
        page,
        "<h2>Single clips</h2><p>{} clips: words of <i>{}</i> by {} speakers, and noise. Keywords: {} right, where one judged filler is wrong. \
         All: {} right.</p>",
        clips.all.of,
        xml(data),
        clips.speakers,
        text::accuracy(&clips.keywords),
        text::accuracy(&clips.all)
    )?;
    let judged: Vec<usize> = (0..clips.by_label.len()).filter(|&i| clips.by_label[i].recall.of > 0).collect();
    let rows: Vec<Bars> = judged
        .iter()
        .map(|&index| {
            let label = &clips.by_label[index];
            let values = [label.recall, label.precision].map(|rate| (rate.rate, rate.interval)).to_vec();
            Bars { name: label.label.clone(), values }
        })
        .collect();
    let kinds = ["recall", "precision"].map(String::from);
    write!(page, "<h3>Recall and precision</h3>{}", plots::bars(&kinds, &rows)?)?;
    page.push_str(
        "<h3>Confusion</h3><p class=\"note\">Rows: what a clip is. Columns: what it was judged to be. Shades are shares of the \
         row.</p><div class=\"scroll\"><table class=\"confusion\"><tr><td>",
    );
    for label in clips.confusion.labels() {
        write!(page, "<th>{}", xml(label))?;
    }
    for row in judged {
        let counts = &clips.confusion.counts()[row];
        let total: u64 = counts.iter().sum();
        write!(page, "<tr><th>{}", xml(&clips.confusion.labels()[row]))?;
        for (column, &count) in counts.iter().enumerate() {
            if count == 0 {
                page.push_str("<td>");
                continue;
            }
            let share = count as f64 / total as f64;
            let colour = if column == row { "20,110,60" } else { "190,40,30" };
            let ink = if share > 0.5 { "#fff" } else { "#000" };
            write!(
                page,
                "<td style=\"background:rgba({colour},{:.2});color:{ink}\">{count}",
                0.15 + 0.85 * share
            )?;
        }
    }
    page.push_str("</table></div>");
    Ok(())
}
