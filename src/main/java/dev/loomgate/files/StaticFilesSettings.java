package dev.loomgate.files;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.PatternSyntaxException;

/**
 * What {@link StaticFiles} serves, and how. {@link #builder} starts with the defaults given here.
 *
 * @param root               directory whose files are served. It may itself be reached through symbolic links, and may be
 *                           swapped for another one under the same name while the server runs
 * @param indexFiles         names tried in this order for a request of a directory; default {@code index.html}
 * @param listing            whether a directory without an index file is listed; default no (403)
 * @param symlinks           what to do with symbolic links below the root; default {@link Symlinks#REFUSE}
 * @param dotFiles           what to do with names that begin with a dot; default {@link DotFiles#REFUSE}
 * @param cacheControl       values of {@code Cache-Control}; the first rule that matches counts; default none
 * @param precompressed      codings whose siblings ({@code x.js.br} beside {@code x.js}) are looked for, the preferred one
 *                           first; default Brotli, gzip
 * @param memoryCache        bytes of heap for small files and for what is known of all files; 0 switches the cache off;
 *                           default 32 MiB
 * @param memoryCacheMaxFile size in bytes up to which a file's content is kept in memory; default 64 KiB
 * @param revalidateAfter    how long something from the cache is served before the file system is asked whether it has
 *                           changed; zero asks for every request; default 1 second
 * @param types              media types by file name extension (without dot, letter case ignored), before the built-in table
 * @param charset            {@code charset} parameter for text types that have none; empty for no parameter; default utf-8
 */
public record StaticFilesSettings(Path root, List<String> indexFiles, boolean listing, Symlinks symlinks, DotFiles dotFiles,
                                  List<CacheRule> cacheControl, List<ContentCoding> precompressed, long memoryCache,
                                  int memoryCacheMaxFile, Duration revalidateAfter, Map<String, String> types,
                                  String charset) {
    /**
     * Checks and copies the values.
     *
     * @throws IllegalArgumentException if a value is not allowed; the message names it and says what is
     * @throws NullPointerException     if a value is missing
     */
    public StaticFilesSettings {
        root = Objects.requireNonNull(root, "root").toAbsolutePath();
        indexFiles = List.copyOf(indexFiles);
        for (String name : indexFiles) {
            require(!name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0
                    && name.chars().noneMatch(Character::isISOControl), "indexFiles", name, "names of files, without a slash");
        }
        Objects.requireNonNull(symlinks, "symlinks");
        Objects.requireNonNull(dotFiles, "dotFiles");
        cacheControl = List.copyOf(cacheControl);
        precompressed = List.copyOf(precompressed);
        require(precompressed.stream().distinct().count() == precompressed.size(), "precompressed", precompressed,
                "each coding once");
        require(memoryCache >= 0, "memoryCache", memoryCache, "0 or more bytes");
        require(memoryCacheMaxFile >= 0, "memoryCacheMaxFile", memoryCacheMaxFile, "0 or more bytes");
        require(!revalidateAfter.isNegative() && revalidateAfter.compareTo(Duration.ofDays(1)) <= 0, "revalidateAfter",
                revalidateAfter, "from 0 to 1 day");
        types = lowerCaseKeys(types);
        types.forEach((extension, type) -> {
            require(!extension.isEmpty() && extension.indexOf('.') < 0 && extension.indexOf('/') < 0, "types", extension,
                    "extensions without a dot, such as md");
            require(type.indexOf('/') > 0 && isFieldValue(type), "types." + extension, type,
                    "a media type such as text/markdown");
        });
        require(charset.chars().allMatch(StaticFilesSettings::isTokenChar), "charset", charset,
                "a name such as utf-8, or nothing");
    }

    /** Starts with the defaults for a directory. */
    public static Builder builder(Path root) {
        return new Builder(root);
    }

    private static Map<String, String> lowerCaseKeys(Map<String, String> map) {
        var lowered = new LinkedHashMap<String, String>();
        map.forEach((key, value) -> lowered.put(key.toLowerCase(Locale.ROOT), value));
        return Map.copyOf(lowered);
    }

    private static void require(boolean holds, String name, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + ": '" + value + "' is not allowed; allowed: " + allowed);
        }
    }

    private static boolean isFieldValue(String text) {
        return !text.isBlank() && text.chars().allMatch(c -> c >= ' ' && c < 0x7f) && text.equals(text.strip());
    }

    private static boolean isTokenChar(int c) {
        return c > ' ' && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
    }

    /** What to do with symbolic links below the root. */
    public enum Symlinks {
        /** Answer 403 for a path that contains one. */
        REFUSE,
        /** Follow those that lead to a place below the root, answer 403 for the others. */
        INSIDE,
        /** Follow them wherever they lead. */
        FOLLOW
    }

    /** What to do with files and directories whose names begin with a dot. {@code .well-known} (RFC 8615) is always served. */
    public enum DotFiles {
        /** Answer 404 and leave them out of listings. */
        REFUSE,
        /** Treat them like the others. */
        SERVE
    }

    /**
     * A {@code Cache-Control} value for the files that a pattern matches.
     *
     * @param pattern a glob as {@link java.nio.file.FileSystem#getPathMatcher} defines it. With a slash it is matched with the
     *                file's path below the root, which begins with a slash ({@code /assets/**}); without one with the file's
     *                name ({@code *.css}). For a directory it is the index file that counts
     * @param value   the field's value, such as {@code public, max-age=31536000, immutable}
     */
    public record CacheRule(String pattern, String value) {
        /**
         * Checks both.
         *
         * @throws IllegalArgumentException if the pattern is not a glob or the value can't stand in a header
         */
        public CacheRule {
            require(!pattern.isEmpty(), "cacheControl", pattern, "a pattern such as *.css or /assets/**");
            try {
                FileSystems.getDefault().getPathMatcher("glob:" + pattern);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException("cacheControl: '" + pattern + "' is not a glob: " + e.getDescription(), e);
            }
            require(isFieldValue(value), "cacheControl." + pattern, value, "a value such as max-age=3600");
        }
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private final Path root;
        private List<String> indexFiles = List.of("index.html");
        private boolean listing;
        private Symlinks symlinks = Symlinks.REFUSE;
        private DotFiles dotFiles = DotFiles.REFUSE;
        private List<CacheRule> cacheControl = List.of();
        private List<ContentCoding> precompressed = List.of(ContentCoding.BROTLI, ContentCoding.GZIP);
        private long memoryCache = 32 << 20;
        private int memoryCacheMaxFile = 64 << 10;
        private Duration revalidateAfter = Duration.ofSeconds(1);
        private Map<String, String> types = Map.of();
        private String charset = "utf-8";

        private Builder(Path root) {
            this.root = root;
        }

        /** Names tried for a directory. */
        public Builder indexFiles(List<String> names) {
            indexFiles = names;
            return this;
        }

        /** Whether directories without an index file are listed. */
        public Builder listing(boolean on) {
            listing = on;
            return this;
        }

        /** What to do with symbolic links. */
        public Builder symlinks(Symlinks rule) {
            symlinks = rule;
            return this;
        }

        /** What to do with names that begin with a dot. */
        public Builder dotFiles(DotFiles rule) {
            dotFiles = rule;
            return this;
        }

        /** Rules for {@code Cache-Control}. */
        public Builder cacheControl(List<CacheRule> rules) {
            cacheControl = rules;
            return this;
        }

        /** Codings of precompressed siblings. */
        public Builder precompressed(List<ContentCoding> codings) {
            precompressed = codings;
            return this;
        }

        /** Bytes of the cache. */
        public Builder memoryCache(long bytes) {
            memoryCache = bytes;
            return this;
        }

        /** Largest file whose content is cached, in bytes. */
        public Builder memoryCacheMaxFile(int bytes) {
            memoryCacheMaxFile = bytes;
            return this;
        }

        /** How long cached things are served without asking the file system. */
        public Builder revalidateAfter(Duration age) {
            revalidateAfter = age;
            return this;
        }

        /** Media types by extension. */
        public Builder types(Map<String, String> byExtension) {
            types = byExtension;
            return this;
        }

        /** Charset of text types. */
        public Builder charset(String name) {
            charset = name;
            return this;
        }

        /**
         * Checks the settings.
         *
         * @throws IllegalArgumentException as the record's constructor does
         */
        public StaticFilesSettings build() {
            return new StaticFilesSettings(root, indexFiles, listing, symlinks, dotFiles, cacheControl, precompressed,
                    memoryCache, memoryCacheMaxFile, revalidateAfter, types, charset);
        }
    }
}
