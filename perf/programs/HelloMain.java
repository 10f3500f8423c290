/** A CGI program of the old kind: says hello; after a blocking wait, as for a slow backend, if the query gives milliseconds. */
public class HelloMain {
    static int requests;

    public static void main(String[] args) throws Exception {
        requests++;
        String query = System.getenv("QUERY_STRING");
        if (query != null && !query.isEmpty()) {
            Thread.sleep(Long.parseLong(query));
        }
        System.out.print("Content-Type: text/plain\r\n\r\n");
        System.out.print("Hello, World!");
    }
}
