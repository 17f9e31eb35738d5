//! The functions that JavaScript finds by their names.
//!
//! What can fail gives 0 or -1 where it failed, and the reason is the [`text`] then.

#![expect(unsafe_code, reason = "an exported name is one that the linker does not check")]
// SAFETY, of every `no_mangle` here: in a WebAssembly module without imports nothing is linked by these names, and none is that of a
// function of the language's own, which all begin with underscores or are those of `memory.h` and `math.h`: hence the prefix.

use std::cell::RefCell;
use std::ptr;
use std::sync::Once;

use crate::session::Session;

thread_local! {
    /// There is one thread.
    static SESSION: RefCell<Session> = RefCell::new(Session::new());
    /// Why the module has stopped for good: a panic, which may come while the session is in use.
    static PANIC: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
}

/// Calls a function of the session; `failed` and the reason in the text where it fails.
fn call<T>(failed: T, function: impl FnOnce(&mut Session) -> Result<T, String>) -> T {
    SESSION.with_borrow_mut(|session| {
        function(session).unwrap_or_else(|reason| {
            session.say(&reason);
            failed
        })
    })
}

/// Lets panics be told by [`polyspot_panic`]; to be called first.
#[unsafe(no_mangle)]
extern "C" fn polyspot_start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            PANIC.with_borrow_mut(|text| *text = panic.to_string().encode_utf16().collect());
        }));
    });
}

/// What a panic said; its length is [`polyspot_panic_length`].
#[unsafe(no_mangle)]
extern "C" fn polyspot_panic() -> *const u16 {
    PANIC.with_borrow(Vec::as_ptr)
}

#[unsafe(no_mangle)]
extern "C" fn polyspot_panic_length() -> usize {
    PANIC.with_borrow(Vec::len)
}

/// JSON, or why a call failed, in UTF-16; to be read before the next call.
#[unsafe(no_mangle)]
extern "C" fn polyspot_text() -> *const u16 {
    SESSION.with_borrow(|session| session.text.as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn polyspot_text_length() -> usize {
    SESSION.with_borrow(|session| session.text.len())
}

/// Features or posteriors; to be read before the next call.
#[unsafe(no_mangle)]
extern "C" fn polyspot_numbers() -> *const f32 {
    SESSION.with_borrow(|session| session.numbers.as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn polyspot_numbers_length() -> usize {
    SESSION.with_borrow(|session| session.numbers.len())
}

/// Where a file is to be written before a call that reads one.
#[unsafe(no_mangle)]
extern "C" fn polyspot_room_for_bytes(length: usize) -> *mut u8 {
    call(ptr::null_mut(), |session| session.room_for_bytes(length))
}

/// Where samples are to be written before a call that hears some.
#[unsafe(no_mangle)]
extern "C" fn polyspot_room_for_samples(length: usize) -> *mut f32 {
    call(ptr::null_mut(), |session| session.room_for_samples(length))
}

/// Exports methods of the session, each with what it gives where it fails.
macro_rules! export {
    ($($(#[$doc:meta])* $name:ident = $method:ident($($argument:ident: $kind:ty),*), $failed:literal;)*) => {$(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $kind),*) -> i32 {
            call($failed, |session| session.$method($($argument),*).map(|answer| answer as i32))
        }
    )*};
}

export! {
    /// Reads a model file; its number.
    polyspot_load_model = load_model(), 0;
    /// Reads a base file; its number.
    polyspot_load_base = load_base(), 0;
    /// Reads an adapter's file; the number of the model that it makes with its base.
    polyspot_fuse = fuse(base: u32), 0;
    /// Tells manifest and hash of a model.
    polyspot_describe = describe(model: u32), 0;
    /// Adds a model to those that the next spotter or swap is for.
    polyspot_choose = choose(model: u32), 0;
    /// Begins a stream for the chosen models; its number.
    polyspot_new_spotter = new_spotter(), 0;
    /// Goes on with the chosen models.
    polyspot_swap = swap(spotter: u32), 0;
    /// Hears the samples, and tells the detections; their number.
    polyspot_push = push(spotter: u32), -1;
    /// Ends the stream, and tells the detections; their number.
    polyspot_flush = flush(spotter: u32), -1;
    /// Forgets all that was heard.
    polyspot_reset = reset(spotter: u32), 0;
    /// Sets every keyword's threshold.
    polyspot_set_thresholds = set_thresholds(spotter: u32, threshold: f32), 0;
    /// Adds a label of the chosen model to the words that wake.
    polyspot_choose_label = choose_label(label: usize), 0;
    /// Lets keywords wait for words of the chosen model.
    polyspot_set_wake = set_wake(spotter: u32, window_ms: u32), 0;
    /// Does what a wake word does.
    polyspot_arm = arm(spotter: u32), 0;
    /// Tells whether keywords may count now.
    polyspot_is_armed = is_armed(spotter: u32), -1;
    /// Gives the smoothed posteriors of one of the models.
    polyspot_smoothed = smoothed(spotter: u32, model: usize), 0;
    /// Begins a stream of posteriors; its number.
    polyspot_new_posterior_stream = new_posterior_stream(model: u32), 0;
    /// Hears the samples, and gives posteriors.
    polyspot_push_posteriors = push_posteriors(stream: u32), 0;
    /// Gives the posteriors that are left.
    polyspot_flush_posteriors = flush_posteriors(stream: u32), 0;
    /// Plans a model's front end; its number.
    polyspot_new_front_end = new_front_end(model: u32), 0;
    /// Hears the samples, and gives frames.
    polyspot_frames = frames(front_end: u32), 0;
}

#[cfg(feature = "enrolment")]
export! {
    /// Begins to learn a word for a model file.
    polyspot_begin_enrolment = begin_enrolment(), 0;
    /// Adds a take, or more of the last one; how many there are.
    polyspot_add_take = add_take(goes_on: u32), 0;
    /// Learns a word; the length of the model file that has it.
    polyspot_enrol = enrol(), 0;
}

/// Where the model file that was made is; to be read before the next call.
#[cfg(feature = "enrolment")]
#[unsafe(no_mangle)]
extern "C" fn polyspot_made() -> *const u8 {
    SESSION.with_borrow(Session::made)
}

/// Exports what gives things back.
macro_rules! free {
    ($($name:ident = $things:ident;)*) => {$(
        /// Gives a thing back.
        #[unsafe(no_mangle)]
        extern "C" fn $name(handle: u32) {
            SESSION.with_borrow_mut(|session| session.$things.free(handle));
        }
    )*};
}

free! {
    polyspot_free_base = bases;
    polyspot_free_model = models;
    polyspot_free_spotter = spotters;
    polyspot_free_posterior_stream = posterior_streams;
    polyspot_free_front_end = front_ends;
}
