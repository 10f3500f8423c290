package dev.loomgate.files;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import dev.loomgate.files.Representation.Description;
import dev.loomgate.files.Resource.Encoded;
import dev.loomgate.files.Resource.Seen;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what a path leads to, and makes resources of the files that are found. */
final class Library {
    private static final Logger LOG = LoggerFactory.getLogger(StaticFiles.class);
    /** How often reading a file that changes meanwhile is tried before it is left out of the memory. */
    private static final int READ_ATTEMPTS = 3;

    private final StaticFilesSettings settings;
    private final List<String> mount;
    private final Docroot docroot;
    private final MediaTypes types;
    private final List<CompiledRule> cacheRules;
    private final int largestBody;

    Library(List<String> mount, StaticFilesSettings settings) {
        this.settings = settings;
        this.mount = mount;
        this.docroot = new Docroot(settings);
        this.types = new MediaTypes(settings.types(), settings.charset());
        this.cacheRules = settings.cacheControl().stream().map(CompiledRule::of).toList();
        this.largestBody = settings.memoryCache() == 0 ? -1 : settings.memoryCacheMaxFile();
    }

    private record CompiledRule(boolean wholePath, PathMatcher matcher, String value) {
        static CompiledRule of(StaticFilesSettings.CacheRule rule) {
            FileSystem fileSystem = FileSystems.getDefault();
            return new CompiledRule(rule.pattern().indexOf('/') >= 0, fileSystem.getPathMatcher("glob:" + rule.pattern()),
                    rule.value());
        }
    }

    /**
     * Looks a path up.
     *
     * @param known what is known of the path; given back if it is still so. May be null
     * @param now   {@link System#nanoTime}
     * @throws Unservable if it leads to nothing that may be served
     */
    Answer look(RequestPath path, Resource known, long now) throws Unservable {
        if (!path.directory() && path.names().equals(mount)) {
            return redirect(path);
        }
        List<String> names = path.below(mount);
        int folderNames = path.directory() ? names.size() : names.size() - 1;
        List<String> folder = names.subList(0, folderNames);
        if (!path.directory() && !docroot.allows(names.getLast())) {
            throw Unservable.missing("dot file");
        }
        try (Folder open = docroot.open(folder)) {
            return path.directory() ? directory(open, folder, path, known, now) : file(open, folder, path, known, now);
        } catch (IOException | InvalidPathException e) {
            throw Docroot.unservable(e);
        }
    }

    private Answer file(Folder open, List<String> folder, RequestPath path, Resource known, long now)
            throws IOException, Unservable {
        String name = path.names().getLast();
        try (Folder.Place place = open.find(name)) {
            if (place.attributes().isDirectory()) {
                return redirect(path);
            }
        }
        return resource(open, folder, name, path, known, now);
    }

    private static Answer redirect(RequestPath path) {
        return new Answer.Redirect(path.canonical() + "/");
    }

    private Answer directory(Folder open, List<String> folder, RequestPath path, Resource known, long now)
            throws IOException, Unservable {
        for (String name : settings.indexFiles()) {
            try (Folder.Place place = open.find(name)) {
                if (!place.attributes().isDirectory()) {
                    return resource(open, folder, name, path, known, now);
                }
            } catch (NoSuchFileException e) {
                continue;
            }
        }
        if (!settings.listing()) {
            throw Unservable.forbidden("no index file, and listing is off");
        }
        return new Answer.Page(new Listing(docroot, open, path, !folder.isEmpty()).html());
    }

    private Resource resource(Folder open, List<String> folder, String name, RequestPath path, Resource known, long now)
            throws IOException, Unservable {
        List<Seen> files = see(open, name);
        if (known != null && known.isStill(folder, files)) {
            return known;
        }
        for (int attempt = 1; attempt < READ_ATTEMPTS; attempt++) {
            Optional<Resource> made = make(open, folder, files, path, now, largestBody);
            if (made.isPresent()) {
                return made.get();
            }
            files = see(open, name);
        }
        return make(open, folder, files, path, now, -1).orElseThrow(() -> Unservable.exhausted("file changes all the time"));
    }

    /** Lists the files that hold representations: first the one that was asked for, then its usable siblings. */
    private List<Seen> see(Folder open, String name) throws IOException, Unservable {
        var files = new ArrayList<Seen>(1 + settings.precompressed().size());
        FileStamp original;
        try (Folder.Place place = open.find(name)) {
            original = place.stamp();
            files.add(new Seen(null, name, original));
        }
        for (ContentCoding coding : settings.precompressed()) {
            String siblingName = name + coding.suffix();
            try (Folder.Place place = open.find(siblingName)) {
                FileStamp sibling = place.stamp();
                // in whole seconds: gzip copies the time of the original without the fraction
                if (place.attributes().isRegularFile() && sibling.modifiedSeconds() >= original.modifiedSeconds()) {
                    files.add(new Seen(coding, siblingName, sibling));
                }
            } catch (IOException | Unservable e) {
                continue; // there is none, or none that may be served
            }
        }
        return files;
    }

    /** Makes a resource; gives nothing if a file has changed since it was seen. */
    private Optional<Resource> make(Folder open, List<String> folder, List<Seen> files, RequestPath path, long now,
                                    int largest) throws IOException, Unservable {
        Seen original = files.getFirst();
        var description = new Description(types.of(original.name()), cacheControl(folder, original.name()), files.size() > 1);
        Optional<Representation> plain = represent(open, original, description, largest);
        if (plain.isEmpty()) {
            return Optional.empty();
        }
        var encoded = new ArrayList<Encoded>();
        for (Seen sibling : files.subList(1, files.size())) {
            try {
                Optional<Representation> representation = represent(open, sibling, description, largest);
                if (representation.isEmpty()) {
                    return Optional.empty();
                }
                encoded.add(new Encoded(sibling.coding(), representation.get()));
            } catch (IOException | Unservable e) {
                LOG.atDebug().addKeyValue("file", open.path().resolve(sibling.name())).addKeyValue("reason", e.getMessage())
                        .log("precompressed file left out: it can't be read");
            }
        }
        return Optional.of(new Resource(path.canonical(), folder, plain.get(), List.copyOf(encoded), now));
    }

    private Optional<Representation> represent(Folder open, Seen seen, Description description, int largest)
            throws IOException, Unservable {
        long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        byte[] body = null;
        // opened even if it is too large to be read now: only opening tells whether it may be read
        try (Folder.Place place = open.find(seen.name()); OpenFile file = place.open()) {
            if (seen.stamp().size() <= largest) {
                body = file.stamp().equals(seen.stamp()) ? file.readAll() : null;
                if (body == null || !place.stampNow().equals(seen.stamp())) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(new Representation(seen.name(), seen.stamp(), body, description, seen.coding(), nowMicros));
    }

    /**
     * Opens the file of a representation to send it.
     *
     * @param lenient whether the file may have changed since it was looked at, as long as all the bytes of the representation
     *                are there
     * @return the file, or nothing if it has changed
     * @throws Unservable if it is gone or can't be opened
     */
    Optional<OpenFile> open(Resource resource, Representation representation, boolean lenient) throws Unservable {
        try (Folder folder = docroot.open(resource.folder());
             Folder.Place place = folder.find(representation.fileName())) {
            OpenFile file = place.open();
            boolean same = file.stamp().equals(representation.stamp()) && place.stamp().equals(representation.stamp());
            if (same || lenient && file.stamp().size() >= representation.length()) {
                return Optional.of(file);
            }
            file.close();
            return Optional.empty();
        } catch (IOException | InvalidPathException e) {
            throw Docroot.unservable(e);
        }
    }

    /** The directory that is served, for messages. */
    Path root() {
        return docroot.path();
    }

    private Optional<String> cacheControl(List<String> folder, String name) {
        if (cacheRules.isEmpty()) {
            return Optional.empty();
        }
        Path file = Path.of(name);
        Path whole = Path.of("/" + String.join("/", folder), name);
        return cacheRules.stream().filter(rule -> rule.matcher().matches(rule.wholePath() ? whole : file))
                .map(CompiledRule::value).findFirst();
    }
}
