package dev.loomgate.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

import io.helidon.http.HtmlEncoder;

/** The page that lists a directory. It names only what would be served, and needs nothing but itself: no script, no image. */
final class Listing {
    /** Names that are listed at most, so that a directory of millions neither fills the heap nor the browser. */
    static final int MOST = 10_000;

    private static final DateTimeFormatter MINUTES = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final String STYLE = """
            :root{color-scheme:light dark}
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
            h1{font-size:1.25rem;overflow-wrap:anywhere}
            ul{list-style:none;margin:0;padding:0}
            a{display:grid;grid-template-columns:1fr auto;gap:0 1rem;padding:.6rem .5rem;text-decoration:none;\
            border-top:1px solid #8884}
            a:hover,a:focus{background:#8882}
            b{font-weight:normal;overflow-wrap:anywhere}
            i{display:flex;gap:1rem;justify-content:flex-end;font-style:normal;color:CanvasText;opacity:.7;\
            white-space:nowrap;font-variant-numeric:tabular-nums}
            p{padding:0 .5rem;font-size:.85rem;opacity:.7}
            @media(max-width:34rem){a{grid-template-columns:1fr}i{justify-content:flex-start;font-size:.85rem}}
            """;

    private final Docroot docroot;
    private final Folder folder;
    private final RequestPath path;
    private final boolean hasParent;

    Listing(Docroot docroot, Folder folder, RequestPath path, boolean hasParent) {
        this.docroot = docroot;
        this.folder = folder;
        this.path = path;
        this.hasParent = hasParent;
    }

    private record Item(String name, boolean directory, FileStamp stamp) {
    }

    /** Reads the directory and writes the page. */
    byte[] html() throws IOException {
        List<String> names = folder.names(MOST + 1);
        boolean more = names.size() > MOST;
        String title = "/" + String.join("/", path.names());
        var page = new StringBuilder(1024 + 200 * names.size());
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>")
                .append(HtmlEncoder.encode(title)).append("</title>\n<style>").append(STYLE)
                .append("</style></head>\n<body><h1>")
                .append(HtmlEncoder.encode(title)).append("</h1>\n<ul>\n");
        if (hasParent) {
            page.append("<li><a href=\"../\"><b>../</b></a></li>\n");
        }
        items(names.subList(0, Math.min(names.size(), MOST))).forEach(item -> append(page, item));
        page.append("</ul>\n<p>");
        if (more) {
            page.append("There are more than ").append(MOST).append(" entries; the others are not listed. ");
        }
        return page.append("Times are UTC.</p>\n</body></html>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private List<Item> items(List<String> names) {
        var items = new ArrayList<Item>(names.size());
        for (String name : names) {
            if (!docroot.allows(name) || !RequestPath.isName(name)) {
                continue;
            }
            try (Folder.Place place = folder.find(name)) {
                if (place.attributes().isDirectory() || place.attributes().isRegularFile()) {
                    items.add(new Item(name, place.attributes().isDirectory(), place.stamp()));
                }
            } catch (IOException | InvalidPathException | Unservable e) {
                continue; // gone meanwhile, or a link that would not be followed
            }
        }
        items.sort(Comparator.comparing((Item item) -> !item.directory())
                .thenComparing(Item::name, String.CASE_INSENSITIVE_ORDER).thenComparing(Item::name));
        return items;
    }

    /** The reference begins with {@code ./}, so that a colon in a name does not make it an absolute URI. */
    private static void append(StringBuilder page, Item item) {
        String slash = item.directory() ? "/" : "";
        String modified = MINUTES.format(Instant.ofEpochSecond(item.stamp().modifiedSeconds()));
        page.append("<li><a href=\"./").append(HtmlEncoder.encode(RequestPath.encode(item.name()))).append(slash)
                .append("\"><b>").append(HtmlEncoder.encode(item.name())).append(slash).append("</b><i>")
                .append(item.directory() ? "" : size(item.stamp().size())).append("<time datetime=\"")
                .append(modified.replace(' ', 'T')).append("Z\">").append(modified).append("</time></i></a></li>\n");
    }

    /** Bytes as people read them. */
    static String size(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1023.95 && unit < 5) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %siB", value, "KMGTPE".charAt(unit));
    }
}
