package pets;

import java.util.Map;

/** What is wrong with a request, as the client shall read it: Problem Details for HTTP APIs (RFC 9457). */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> errors;

    /**
     * A problem.
     *
     * @param errors a sentence for each field of the request that is wrong; may be empty
     */
    Problem(int status, String detail, Map<String, String> errors) {
        super(detail, null, false, false);
        this.status = status;
        this.errors = errors;
    }

    Problem(int status, String detail) {
        this(status, detail, Map.of());
    }

    int status() {
        return status;
    }

    Map<String, String> errors() {
        return errors;
    }
}
