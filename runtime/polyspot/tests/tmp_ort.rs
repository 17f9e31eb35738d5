//! throw-away
#[test]
fn dump() {
    let m = std::sync::Arc::new(polyspot::Model::from_path("/work/main/models/en.onnx").unwrap());
    let mut s = polyspot::PosteriorStream::new(&m).unwrap();
    let x: Vec<f32> = hound::WavReader::open("/tmp/cli/minute.wav")
        .unwrap()
        .samples::<i16>()
        .map(|v| v.unwrap() as f32 / 32768.0)
        .collect();
    let mut t = String::new();
    let mut f = |p: polyspot::Posterior<'_>| {
        t.push_str(&p.probabilities.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(","));
        t.push('\n');
    };
    s.push(&x, &mut f).unwrap();
    s.flush(&mut f).unwrap();
    std::fs::write("/tmp/cli/posteriors.csv", t).unwrap();
}
