//! How much memory a piece of work takes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cap::Cap;

/// The program's allocator, which counts what is allocated.
#[global_allocator]
static ALLOCATOR: Cap<mimalloc::MiMalloc> = Cap::new(mimalloc::MiMalloc, usize::MAX);

/// Does a piece of work; gives what it gives, and the most bytes that were allocated at once while it ran beyond those before it. The
/// work sees that number as it grows. Whatever other threads allocate counts too.
pub(crate) fn watched<T>(work: impl FnOnce(&AtomicUsize) -> T) -> (T, usize) {
    let (most, is_done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let before = ALLOCATOR.allocated();
    let done = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                most.fetch_max(ALLOCATOR.allocated().saturating_sub(before), Ordering::Relaxed);
                std::thread::yield_now();
            }
        });
        let done = work(&most);
        is_done.store(true, Ordering::Relaxed);
        done
    });
    (done, most.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted_though_it_is_gone_at_the_end() {
        let (length, most) = watched(|most| {
            let block = vec![1u8; 256 << 20];
            while most.load(Ordering::Relaxed) < 64 << 20 {
                std::thread::yield_now();
            }
            block.len()
        });
        assert_eq!(length, 256 << 20);
        assert!(most >= 64 << 20, "{most}");
    }
}
