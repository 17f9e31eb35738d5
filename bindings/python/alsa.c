/* Stands in for ALSA's library in the wheel's program: it loads the one that the machine has, so that the program starts where there is
 * none, and scores recordings. `build` compiles it, with FUNCTIONS(X), which has X(name) for each function of the library.
 *
 * Each function is a jump to a place that holds an address. The places are filled before main; where there is no library, or it is too
 * old to have a function, calling that function ends the program with the code of a device that failed.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "functions.h"

/* As the program's own. */
enum { EXIT_DEVICE = 5, EXIT_OUTPUT = 6 };

static void missing(void) {
    static const char text[] =
        "polyspot: expected ALSA's library (libasound.so.2), found none, or one that is too old: install it, on Debian and Ubuntu\n"
        "with `apt install libasound2`, on Fedora with `dnf install alsa-lib`\n";
    if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(EXIT_OUTPUT);
    _exit(EXIT_DEVICE);
}

#define PLACE(name) __attribute__((used, visibility("hidden"))) void *place_##name = (void *)missing;
FUNCTIONS(PLACE)

#if defined(__x86_64__)
#define GO(name) "jmp *place_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define GO(name) "adrp x16, place_" #name "\nldr x16, [x16, :lo12:place_" #name "]\nbr x16\n"
#else
#error "expected x86-64 or 64-bit ARM"
#endif
#define JUMP(name) __asm__(".text\n.globl " #name "\n.type " #name ", %function\n" #name ":\n" GO(name) ".size " #name ", . - " #name "\n");
FUNCTIONS(JUMP)

#define ROW(name) {#name, &place_##name},
static const struct { const char *name; void **place; } rows[] = {FUNCTIONS(ROW)};

__attribute__((constructor)) static void fill(void) {
    void *library = dlopen("libasound.so.2", RTLD_LAZY | RTLD_LOCAL);
    if (!library) return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *found = dlsym(library, rows[i].name);
        if (found) *rows[i].place = found;
    }
}
