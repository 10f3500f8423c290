package dev.loomgate.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What answers the requests of a route, if it is files.
 *
 * @param root               directory
 * @param index              names tried for a directory; default index.html
 * @param listing            whether a directory without index is listed; default false
 * @param symlinks           default refuse
 * @param dotFiles           default refuse
 * @param cacheControl       first pattern that matches counts; default none
 * @param precompressed      siblings looked for, the preferred first; default br, gzip
 * @param memoryCache        bytes of heap for small files, 0 for none; default 32m
 * @param memoryCacheMaxFile size in bytes of the largest file kept there; default 64k
 * @param types              media type by file name extension, before the built-in table
 * @param charset            charset of text types, empty for none; default utf-8
 */
public record StaticFilesConfig(Path root, List<String> index, boolean listing, RouteConfig.Symlinks symlinks, DotFiles dotFiles,
                                List<CacheRule> cacheControl, List<Coding> precompressed, long memoryCache,
                                int memoryCacheMaxFile, Map<String, String> types, String charset) implements RouteConfig.Kind {
    @Override
    public String handler() {
        return "static";
    }

    /** What to do with names that begin with a dot; {@code .well-known} is always served. */
    public enum DotFiles {
        /** As if they weren't there. */
        REFUSE,
        /** Like others. */
        SERVE
    }

    /** Codings of files that stand compressed beside the originals. */
    public enum Coding {
        /** Brotli, {@code .br}. */
        BR,
        /** Zstandard, {@code .zst}. */
        ZSTD,
        /** gzip, {@code .gz}. */
        GZIP
    }

    /**
     * A {@code Cache-Control} value.
     *
     * @param pattern glob: a file name ({@code *.css}), or with a slash a path below the root
     * @param value   value of the field
     */
    public record CacheRule(String pattern, String value) {
    }
}
