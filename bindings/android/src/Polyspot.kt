// Keyword spotting on the device. The classes are a thin layer over the C library (polyspot.h says more of each call).

package polyspot

import java.io.Closeable

/** A call was refused; the message says what was expected and what was found. */
class PolyspotException(message: String) : RuntimeException(message)

/**
 * A keyword heard.
 *
 * @property keyword as the model writes it
 * @property language the model's, a BCP 47 tag
 * @property score how sure the model is, in 0..1
 * @property start first sample of the window of audio that holds the keyword, counted from the start of the stream
 * @property end first sample after that window
 */
data class Detection(val keyword: String, val language: String, val score: Float, val start: Long, val end: Long)

/** A language's network and what it says of itself. It never changes; any number of spotters and threads may use it. */
class Model private constructor(private var handle: Long) : Closeable {
    /** What the model says of itself, as JSON. */
    val manifest: String get() = text(MANIFEST, 0)

    /** Its language, a BCP 47 tag. */
    val language: String get() = text(LANGUAGE, 0)

    /** SHA-256 of its file, in hexadecimal. */
    val sha256: String get() = text(SHA256, 0)

    /** The network's labels, in the order of the posteriors. */
    val labels: List<String>
        get() = generateSequence(0) { it + 1 }
            .map { Native.modelText(handle(), LABEL, it) }.takeWhile { it != null }.map { string(it) }.toList()

    /**
     * The posteriors of a whole recording (mono, at the model's sample rate, full scale ±1): one row for each step, one number for each
     * label, in 0..1.
     */
    fun posteriors(samples: FloatArray): List<FloatArray> {
        val values = Native.posteriors(handle(), samples) ?: throw refused()
        val columns = labels.size
        return List(values.size / columns) { values.copyOfRange(it * columns, (it + 1) * columns) }
    }

    /** Frees the model; spotters that listen with it keep what they need. */
    override fun close() {
        Native.free(handle)
        handle = 0
    }

    internal fun handle(): Long = handle

    private fun text(what: Int, index: Int): String =
        string(Native.modelText(handle(), what, index) ?: throw refused())

    companion object {
        // As in polyspot.h.
        private const val MANIFEST = 0
        private const val LANGUAGE = 1
        private const val SHA256 = 2
        private const val LABEL = 3

        /** The built-in model of a language, such as `"en"`. */
        fun builtIn(language: String): Model = made(Native.builtIn(bytes(language)))

        /** The model of a file: a model file, or an adapter whose base lies in the same folder. */
        fun fromFile(path: String): Model = made(Native.fromFile(bytes(path)))

        /** The model of a file's bytes, or of an adapter's with those of its base: for models among an app's assets. */
        fun fromBytes(bytes: ByteArray, base: ByteArray? = null): Model = made(Native.fromBytes(bytes, base))

        private fun made(handle: Long): Model = if (handle == 0L) throw refused() else Model(handle)
    }
}

/**
 * One stream of audio (mono), listened to by one model or several at once. `sampleRateHz` is that of the samples that will be pushed; 0
 * stands for the models' own, 16,000 for the built-in ones.
 */
class Spotter(models: List<Model>, sampleRateHz: Int = 0) : Closeable {
    private var handle: Long = Native.spotter(handles(models), sampleRateHz)
    private val texts = arrayOfNulls<ByteArray>(2 * MOST)
    private val scores = FloatArray(MOST)
    private val positions = LongArray(2 * MOST)

    init {
        if (handle == 0L) throw refused()
    }

    /** Takes samples of full scale ±1; gives the keywords that they complete. */
    @JvmOverloads
    fun push(samples: FloatArray, offset: Int = 0, length: Int = samples.size - offset): List<Detection> {
        checkRange(samples.size, offset, length)
        return heard(Native.pushFloat(handle, samples, offset, length, texts, scores, positions))
    }

    /** Takes samples of 16 bits, as `AudioRecord` reads them; gives the keywords that they complete. */
    @JvmOverloads
    fun push(samples: ShortArray, offset: Int = 0, length: Int = samples.size - offset): List<Detection> {
        checkRange(samples.size, offset, length)
        return heard(Native.pushShort(handle, samples, offset, length, texts, scores, positions))
    }

    /** Ends the stream, and gives what is left: a word at the very end is still heard. The next sample begins a new stream. */
    fun flush(): List<Detection> = heard(Native.flush(handle, texts, scores, positions))

    /** Forgets all that was heard: the next sample begins a new stream. */
    fun reset() = done(Native.reset(handle))

    /** Goes on in other languages between two pushes; no sample is lost, and a word that was begun is heard. */
    fun swap(models: List<Model>) = done(Native.swap(handle, handles(models)))

    /** Sets every keyword's threshold, in 0..1, in place of the models' own. */
    fun setThresholds(threshold: Float) = done(Native.setThresholds(handle, threshold))

    override fun close() {
        Native.free(handle)
        handle = 0
    }

    /** What a call has written, and what did not fit. */
    private fun heard(first: Int): List<Detection> {
        var count = first
        if (count == 0) return emptyList()
        val all = ArrayList<Detection>()
        while (true) {
            if (count < 0) throw refused()
            for (i in 0 until count) {
                val (keyword, language) = Pair(string(texts[2 * i]), string(texts[2 * i + 1]))
                all.add(Detection(keyword, language, scores[i], positions[2 * i], positions[2 * i + 1]))
            }
            if (count < MOST) return all
            count = Native.pushShort(handle, NOTHING, 0, 0, texts, scores, positions)
        }
    }

    private companion object {
        /** Detections that are fetched at once. */
        const val MOST = 8
        val NOTHING = ShortArray(0)

        fun handles(models: List<Model>) = LongArray(models.size) { models[it].handle() }

        fun checkRange(size: Int, offset: Int, length: Int) {
            if (offset < 0 || length < 0 || length > size - offset) {
                throw IndexOutOfBoundsException("offset $offset and length $length must lie within $size samples")
            }
        }

        fun done(code: Int) {
            if (code < 0) throw refused()
        }
    }
}

/** The C library's functions. Texts are bytes in UTF-8: the JVM's own C texts are not. */
internal object Native {
    init {
        System.loadLibrary("polyspot_jni")
    }

    @JvmStatic external fun error(): ByteArray
    @JvmStatic external fun builtIn(language: ByteArray): Long
    @JvmStatic external fun fromFile(path: ByteArray): Long
    @JvmStatic external fun fromBytes(bytes: ByteArray, base: ByteArray?): Long
    @JvmStatic external fun modelText(model: Long, what: Int, index: Int): ByteArray?
    @JvmStatic external fun posteriors(model: Long, samples: FloatArray): FloatArray?
    @JvmStatic external fun spotter(models: LongArray, sampleRateHz: Int): Long
    @JvmStatic external fun pushFloat(
        spotter: Long, samples: FloatArray, offset: Int, length: Int,
        texts: Array<ByteArray?>, scores: FloatArray, positions: LongArray
    ): Int
    @JvmStatic external fun pushShort(
        spotter: Long, samples: ShortArray, offset: Int, length: Int,
        texts: Array<ByteArray?>, scores: FloatArray, positions: LongArray
    ): Int
    @JvmStatic external fun flush(spotter: Long, texts: Array<ByteArray?>, scores: FloatArray, positions: LongArray): Int
    @JvmStatic external fun reset(spotter: Long): Int
    @JvmStatic external fun swap(spotter: Long, models: LongArray): Int
    @JvmStatic external fun setThresholds(spotter: Long, threshold: Float): Int
    @JvmStatic external fun free(handle: Long): Int
}

private fun bytes(text: String): ByteArray = (text + '\u0000').toByteArray(Charsets.UTF_8)

private fun string(bytes: ByteArray?): String = String(bytes!!, Charsets.UTF_8)

private fun refused() = PolyspotException(string(Native.error()))
