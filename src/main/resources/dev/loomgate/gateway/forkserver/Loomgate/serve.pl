# Serves requests for a script, many in each child: see Loomgate::ForkServer.

# here, where a script finds no variable and no pragma of others
sub Loomgate::ForkServer::compile { eval $_[0] }

Loomgate::ForkServer::load(shift @ARGV);
Loomgate::ForkServer::first_request();
do {
    LOOMGATE_REQUEST: { Loomgate::ForkServer::script()->(@ARGV) }
    Loomgate::ForkServer::end_request();
} while (Loomgate::ForkServer::next_request());
