/* Between polyspot.h and the Kotlin object `Native`. A handle is a number, so that it may stand in a Long. */

#include <jni.h>
#include <stdlib.h>
#include <string.h>

#include "polyspot.h"

/* As many as the arrays that Kotlin gives have room for. */
enum { MOST_HEARD = 8, MOST_MODELS = 64 };

static polyspot_model *model_of(jlong handle) { return (polyspot_model *)(intptr_t)handle; }
static polyspot_spotter *spotter_of(jlong handle) { return (polyspot_spotter *)(intptr_t)handle; }

/* The bytes of a text, or NULL if there is none or the JVM has no memory left (which it then throws). */
static jbyteArray bytes_of(JNIEnv *env, const char *text) {
    if (!text) {
        return NULL;
    }
    jsize length = (jsize)strlen(text);
    jbyteArray bytes = (*env)->NewByteArray(env, length);
    if (bytes) {
        (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)text);
    }
    return bytes;
}

JNIEXPORT jbyteArray JNICALL Java_polyspot_Native_error(JNIEnv *env, jclass self) {
    (void)self;
    return bytes_of(env, polyspot_error());
}

typedef polyspot_model *make_model(const char *);

static jlong model_by_text(JNIEnv *env, jbyteArray text, make_model *make) {
    jbyte *bytes = (*env)->GetByteArrayElements(env, text, NULL);
    if (!bytes) {
        return 0;
    }
    polyspot_model *model = make((const char *)bytes);
    (*env)->ReleaseByteArrayElements(env, text, bytes, JNI_ABORT);
    return (intptr_t)model;
}

JNIEXPORT jlong JNICALL Java_polyspot_Native_builtIn(JNIEnv *env, jclass self, jbyteArray language) {
    (void)self;
    return model_by_text(env, language, polyspot_model_built_in);
}

JNIEXPORT jlong JNICALL Java_polyspot_Native_fromFile(JNIEnv *env, jclass self, jbyteArray path) {
    (void)self;
    return model_by_text(env, path, polyspot_model_from_file);
}

JNIEXPORT jlong JNICALL Java_polyspot_Native_fromBytes(JNIEnv *env, jclass self, jbyteArray bytes, jbyteArray base) {
    (void)self;
    polyspot_model *model = NULL;
    jbyte *values = (*env)->GetByteArrayElements(env, bytes, NULL);
    jbyte *base_values = base ? (*env)->GetByteArrayElements(env, base, NULL) : NULL;
    if (values && (base_values || !base)) {
        size_t length = (size_t)(*env)->GetArrayLength(env, bytes);
        size_t base_length = base ? (size_t)(*env)->GetArrayLength(env, base) : 0;
        model = polyspot_model_from_bytes((const uint8_t *)values, length, (const uint8_t *)base_values, base_length);
    }
    if (values) {
        (*env)->ReleaseByteArrayElements(env, bytes, values, JNI_ABORT);
    }
    if (base_values) {
        (*env)->ReleaseByteArrayElements(env, base, base_values, JNI_ABORT);
    }
    return (intptr_t)model;
}

JNIEXPORT jbyteArray JNICALL Java_polyspot_Native_modelText(JNIEnv *env, jclass self, jlong model, jint what, jint index) {
    (void)self;
    return bytes_of(env, polyspot_model_text(model_of(model), what, (size_t)index));
}

JNIEXPORT jfloatArray JNICALL Java_polyspot_Native_posteriors(JNIEnv *env, jclass self, jlong model, jfloatArray samples) {
    (void)self;
    jfloat *values = (*env)->GetFloatArrayElements(env, samples, NULL);
    if (!values) {
        return NULL;
    }
    size_t length = (size_t)(*env)->GetArrayLength(env, samples);
    ptrdiff_t count = polyspot_model_posteriors(model_of(model), values, length, NULL, 0);
    jfloatArray result = count < 0 ? NULL : (*env)->NewFloatArray(env, (jsize)count);
    jfloat *room = result ? (*env)->GetFloatArrayElements(env, result, NULL) : NULL;
    if (room) {
        polyspot_model_posteriors(model_of(model), values, length, room, (size_t)count);
        (*env)->ReleaseFloatArrayElements(env, result, room, 0);
    }
    (*env)->ReleaseFloatArrayElements(env, samples, values, JNI_ABORT);
    return result;
}

/* The models of an array of handles; gives how many. */
static size_t models_of(JNIEnv *env, jlongArray handles, const polyspot_model **models) {
    jlong numbers[MOST_MODELS];
    jsize count = (*env)->GetArrayLength(env, handles);
    count = count < MOST_MODELS ? count : MOST_MODELS;
    (*env)->GetLongArrayRegion(env, handles, 0, count, numbers);
    for (jsize i = 0; i < count; i++) {
        models[i] = model_of(numbers[i]);
    }
    return (size_t)count;
}

JNIEXPORT jlong JNICALL Java_polyspot_Native_spotter(JNIEnv *env, jclass self, jlongArray handles, jint rate) {
    (void)self;
    const polyspot_model *models[MOST_MODELS];
    size_t count = models_of(env, handles, models);
    return (intptr_t)polyspot_spotter_new(models, count, (uint32_t)rate);
}

JNIEXPORT jint JNICALL Java_polyspot_Native_swap(JNIEnv *env, jclass self, jlong spotter, jlongArray handles) {
    (void)self;
    const polyspot_model *models[MOST_MODELS];
    size_t count = models_of(env, handles, models);
    return polyspot_spotter_swap(spotter_of(spotter), models, count);
}

/* Hands detections to Kotlin's arrays; gives how many, or the code. */
static jint give(JNIEnv *env, const polyspot_detection *heard, ptrdiff_t count, jobjectArray texts, jfloatArray scores,
                 jlongArray positions) {
    for (jsize i = 0; i < count; i++) {
        jlong places[2] = {(jlong)heard[i].start, (jlong)heard[i].end};
        const char *names[2] = {heard[i].keyword, heard[i].language};
        for (jsize j = 0; j < 2; j++) {
            jbyteArray bytes = bytes_of(env, names[j]);
            if (!bytes) {
                return 0; /* the JVM throws that it has no memory left */
            }
            (*env)->SetObjectArrayElement(env, texts, 2 * i + j, bytes);
            (*env)->DeleteLocalRef(env, bytes);
        }
        (*env)->SetFloatArrayRegion(env, scores, i, 1, &heard[i].score);
        (*env)->SetLongArrayRegion(env, positions, 2 * i, 2, places);
    }
    return (jint)count;
}

JNIEXPORT jint JNICALL Java_polyspot_Native_pushFloat(JNIEnv *env, jclass self, jlong spotter, jfloatArray samples,
                                                      jint offset, jint length, jobjectArray texts, jfloatArray scores,
                                                      jlongArray positions) {
    (void)self;
    jfloat *values = (*env)->GetFloatArrayElements(env, samples, NULL);
    if (!values) {
        return 0;
    }
    polyspot_detection heard[MOST_HEARD];
    ptrdiff_t count = polyspot_spotter_push(spotter_of(spotter), values + offset, (size_t)length, heard, MOST_HEARD);
    (*env)->ReleaseFloatArrayElements(env, samples, values, JNI_ABORT);
    return give(env, heard, count, texts, scores, positions);
}

JNIEXPORT jint JNICALL Java_polyspot_Native_pushShort(JNIEnv *env, jclass self, jlong spotter, jshortArray samples,
                                                      jint offset, jint length, jobjectArray texts, jfloatArray scores,
                                                      jlongArray positions) {
    (void)self;
    jshort *values = (*env)->GetShortArrayElements(env, samples, NULL);
    if (!values) {
        return 0;
    }
    polyspot_detection heard[MOST_HEARD];
    ptrdiff_t count = polyspot_spotter_push_i16(spotter_of(spotter), values + offset, (size_t)length, heard, MOST_HEARD);
    (*env)->ReleaseShortArrayElements(env, samples, values, JNI_ABORT);
    return give(env, heard, count, texts, scores, positions);
}

JNIEXPORT jint JNICALL Java_polyspot_Native_flush(JNIEnv *env, jclass self, jlong spotter, jobjectArray texts,
                                                  jfloatArray scores, jlongArray positions) {
    (void)self;
    polyspot_detection heard[MOST_HEARD];
    ptrdiff_t count = polyspot_spotter_flush(spotter_of(spotter), heard, MOST_HEARD);
    return give(env, heard, count, texts, scores, positions);
}

JNIEXPORT jint JNICALL Java_polyspot_Native_reset(JNIEnv *env, jclass self, jlong spotter) {
    (void)env, (void)self;
    return polyspot_spotter_reset(spotter_of(spotter));
}

JNIEXPORT jint JNICALL Java_polyspot_Native_setThresholds(JNIEnv *env, jclass self, jlong spotter, jfloat threshold) {
    (void)env, (void)self;
    return polyspot_spotter_set_thresholds(spotter_of(spotter), threshold);
}

JNIEXPORT jint JNICALL Java_polyspot_Native_free(JNIEnv *env, jclass self, jlong handle) {
    (void)env, (void)self;
    return polyspot_free((void *)(intptr_t)handle);
}
