//! Lines that `polyspot listen` reads on standard input.
#![no_main]

#[path = "../../runtime/polyspot-cli/src/listen/control/request.rs"]
mod request;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut input = data;
    let mut lines = 0;
    while let Some(request) = request::next(&mut input) {
        lines += 1;
        if let Ok(Some(request::Request::Languages(tags))) = request {
            assert!((1..=request::MOST_LANGUAGES).contains(&tags.len()));
            assert!(tags.iter().all(|tag| !tag.is_empty() && tag.len() <= request::LONGEST_LINE));
        }
    }
    assert!(lines <= data.len() && input.is_empty());
});
