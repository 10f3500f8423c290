package dev.loomgate.handler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A form with files (RFC 7578): its texts become parameters, its files temporary files. */
final class MultipartForm {
    static final String TYPE = "multipart/form-data";
    private static final Pattern PARAMETER = Pattern.compile(";\\s*([A-Za-z0-9*_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]*))");

    private final FormSettings settings;
    private final FormParser parser;
    private final List<Upload> uploads = new ArrayList<>();
    private int textLeft;

    MultipartForm(FormSettings settings, FormParser parser) {
        this.settings = settings;
        this.parser = parser;
        this.textLeft = settings.maxBytes();
    }

    List<Upload> uploads() {
        return uploads;
    }

    /**
     * Reads all parts.
     *
     * @throws Refusal 400 if it is malformed or has too many parts, 413 if its texts are too long
     */
    void read(InputStream body, String contentType) throws IOException {
        var reader = new MultipartReader(body, parameter(contentType, "boundary"));
        int parts = 0;
        for (Map<String, String> fields = reader.nextPart(); fields != null; fields = reader.nextPart()) {
            if (++parts > settings.maxParameters()) {
                throw new Refusal(400, "The form has more than " + settings.maxParameters() + " parts");
            }
            String disposition = fields.getOrDefault("content-disposition", "");
            String name = parameter(disposition, "name");
            if (name == null) {
                throw MultipartReader.malformed("a part has no name");
            }
            String fileName = parameter(disposition, "filename");
            if (fileName == null) {
                parser.add(name, text(reader, fields.get("content-type")));
            } else {
                uploads.add(receive(reader, name, plain(fileName), fields.get("content-type")));
            }
        }
    }

    private String text(MultipartReader reader, String contentType) throws IOException {
        var text = new ByteArrayOutputStream();
        reader.copyPart(new OutputStream() {
            @Override
            public void write(int b) {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                textLeft -= length;
                if (textLeft < 0) {
                    throw new Refusal(413, "The texts of the form are longer than " + settings.maxBytes() + " bytes");
                }
                text.write(bytes, offset, length);
            }
        });
        String charset = contentType == null ? null : ContentTypes.charset(contentType);
        try {
            return text.toString(charset == null ? settings.charset() : Charset.forName(charset));
        } catch (IllegalArgumentException e) {
            throw new Refusal(415, "There is no character set '" + charset + "'");
        }
    }

    private Upload receive(MultipartReader reader, String name, String fileName, String contentType) throws IOException {
        Path file = Files.createTempFile("loomgate-upload-", ".tmp");
        try (OutputStream out = Files.newOutputStream(file)) {
            reader.copyPart(out);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        return new Upload(name, fileName, contentType, Files.size(file), file);
    }

    /** Some browsers sent the whole path, with the separators of their system. */
    private static String plain(String fileName) {
        return fileName.substring(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
    }

    /** A parameter of a field, or null. Browsers write a quote in a name as %22 (WHATWG HTML), others with a backslash. */
    static String parameter(String field, String name) {
        Matcher parameter = PARAMETER.matcher(field);
        while (parameter.find()) {
            if (parameter.group(1).equalsIgnoreCase(name)) {
                String quoted = parameter.group(2);
                return quoted == null ? parameter.group(3)
                        : quoted.replaceAll("\\\\([\"\\\\])", "$1").replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
            }
        }
        return null;
    }

    /** Deletes the files that the handler has not moved away. */
    void delete() throws IOException {
        for (Upload upload : uploads) {
            Files.deleteIfExists(upload.file());
        }
    }
}
