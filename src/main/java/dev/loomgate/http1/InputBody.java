package dev.loomgate.http1;

import java.io.IOException;

import dev.loomgate.http.RequestBody;
import io.helidon.common.buffers.BufferData;

/** A body that is read from the connection's input: what is handed out are views of its buffer. */
abstract sealed class InputBody extends RequestBody permits InputBody.OfLength, ChunkedBody {
    private final RequestInput input;

    InputBody(RequestInput input, long most) {
        super(most);
        this.input = input;
    }

    final RequestInput input() {
        return input;
    }

    @Override
    protected final BufferData take(int count) {
        BufferData run = BufferData.create(input.bytes(), input.position(), count);
        input.skip(count);
        took(count);
        return run;
    }

    /** The first so many bytes at hand have been handed out. */
    abstract void took(int count);

    @Override
    protected final void countRefusal(int status) {
        input.countRefusal(status);
    }

    /** A body whose length the header says. */
    static final class OfLength extends InputBody {
        private long left;

        OfLength(RequestInput input, long most, long length) {
            super(input, most);
            this.left = length;
        }

        @Override
        public long outstanding() {
            return left;
        }

        @Override
        protected int await() throws IOException {
            if (left == 0) {
                return 0;
            }
            if (!input().fill()) {
                throw ended();
            }
            return (int) Math.min(left, input().available());
        }

        @Override
        void took(int count) {
            left -= count;
        }
    }
}
