/* What listening costs: processor time for 10 ms of sound, and memory.
 *
 *     gcc -O2 speed.c -o speed $(pkg-config --cflags --libs polyspot)
 *     ./speed RECORDING.wav [LANGUAGE]         # 16 bits, mono, 16 kHz
 */

#include <polyspot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAME = 160, HEADER = 44, SECONDS = 60, ROUNDS = 5 };

/* Bytes in memory at most so far, in MB; 0 where the system does not say. */
static double most_memory_mb(void) {
    char line[256];
    double kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kilobytes = atof(line + 6);
        }
    }
    if (status) {
        fclose(status);
    }
    return kilobytes / 1000;
}

/* Fills a minute with the recording, over and over. */
static int fill(const char *path, int16_t *samples, size_t count) {
    FILE *file = fopen(path, "rb");
    size_t have = 0;
    if (!file || fseek(file, HEADER, SEEK_SET) != 0 || (have = fread(samples, sizeof *samples, count, file)) == 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    fclose(file);
    for (size_t i = have; i < count; i++) {
        samples[i] = samples[i - have];
    }
    return 0;
}

int main(int count, char **arguments) {
    static int16_t samples[SECONDS * 100 * FRAME];
    const size_t length = sizeof samples / sizeof *samples;
    if (count < 2) {
        fprintf(stderr, "usage: speed RECORDING.wav [LANGUAGE]\n");
        return 2;
    }
    if (fill(arguments[1], samples, length)) {
        return 1;
    }
    double before = most_memory_mb();
    const polyspot_model *model = polyspot_model_built_in(count > 2 ? arguments[2] : "en");
    polyspot_spotter *spotter = polyspot_spotter_new(&model, 1, 16000);
    if (!spotter) {
        fprintf(stderr, "%s\n", polyspot_error());
        return 1;
    }
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        clock_t start = clock();
        for (size_t at = 0; at < length; at += FRAME) {
            polyspot_detection heard[4];
            if (polyspot_spotter_push_i16(spotter, samples + at, FRAME, heard, 4) < 0) {
                fprintf(stderr, "%s\n", polyspot_error());
                return 1;
            }
        }
        double microseconds = (double)(clock() - start) * 1e6 / CLOCKS_PER_SEC / (double)(length / FRAME);
        best = round == 0 || microseconds < best ? microseconds : best;
    }
    printf("%.2f us of processor time for 10 ms of sound (best of %d minutes)\n", best, ROUNDS);
    printf("%.1f MB in memory at most, of which %.1f before the model was loaded\n", most_memory_mb(), before);
    return 0;
}
