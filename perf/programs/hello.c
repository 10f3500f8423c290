/* The cheapest CGI program there is: what remains is what it costs to run one. */
#include <stdio.h>

int main(void)
{
    fputs("Content-Type: text/plain\r\n\r\nHello, World!", stdout);
    return 0;
}
