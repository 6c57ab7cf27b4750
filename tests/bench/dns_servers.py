"""The servers that tests/bench/dns measures: how each is told to answer the names below alpha.example itself, to ask
192.0.2.53 for the rest, and to know a million listed names. Each is made as light as its manual allows: one thread, no
validation, no log."""
import os
import pathlib
import shutil
import subprocess

UPSTREAM = "192.0.2.53"
REAL = "192.0.2.80"
LOCAL = ["n%d.alpha.example" % i for i in range(64)]


class Server:
    """folder: its own, empty. listed: a file of names, or None."""
    name, program, answers, passes, lists = "", "", True, True, True
    alone = False  # two of it cannot run beside each other

    def __init__(self, folder, port, listed, build):
        self.folder, self.port, self.listed, self.build = pathlib.Path(folder), port, listed, build
        self.address, self.process = "127.0.0.1", None
        self.folder.mkdir(parents=True, exist_ok=True)

    def names(self):
        return pathlib.Path(self.listed).read_text().split() if self.listed else []

    @classmethod
    def found(cls, build):
        return shutil.which(cls.program, path="/usr/sbin:/usr/bin:/sbin:/bin")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def prepare(self):
        """What is not part of starting; the command."""
        raise NotImplementedError

    def start(self, cpu):
        self.command = self.command or self.prepare()
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen(["taskset", "-c", str(cpu), *self.command], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment())

    command = None

    def environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def pid(self):
        """Whose processor time is counted."""
        return self.process.pid

    def pids(self):
        """Whose memory and wake-ups are."""
        return [self.process.pid]

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


class Bare(Server):
    lists = False
    mode = ()

    @classmethod
    def found(cls, build):
        return build + "/tests/bench/dns-bare"

    def prepare(self):
        mode, *rest = self.mode
        return [self.found(self.build), mode, self.address, str(self.port), *rest]


class BareResponder(Bare):
    name, mode, passes = "bare responder", ("respond",), False


class BareForwarder(Bare):
    name, mode, answers = "bare forwarder", ("forward", UPSTREAM), False


class Focusd(Server):
    name, alone = "focusd-dns", True

    @classmethod
    def found(cls, build):
        return build + "/daemon/focusd"

    def prepare(self):
        listed = "[site listed]\ndomain = listed.example\ndomains-file = %s\n" % self.listed if self.listed else ""
        config = self.file("focusd.conf", "[focus]\npeople = anna\n[dns]\nlisten = %s:%d\nupstream = %s\n"
                           "intercept = none\n[site alpha]\ndomain = alpha.example\n%s" % (
                               self.address, self.port, UPSTREAM, listed))
        return [self.found(self.build), "--config", config, "--state", str(self.folder / "state"), "--runtime",
                str(self.folder / "run")]

    def pid(self):
        found = subprocess.run(["pgrep", "-f", "focusd-dns --keeper %s/run" % self.folder], capture_output=True, text=True)
        return int(found.stdout.split()[0])

    def pids(self):
        return [self.process.pid, self.pid()]


class Dnsmasq(Server):
    name, program = "dnsmasq", "dnsmasq"

    def prepare(self):
        text = "".join("host-record=%s,%s\n" % (n, REAL) for n in LOCAL)
        text += "".join("address=/%s/\n" % n for n in self.names())
        return [self.found(""), "--keep-in-foreground", "--conf-file=" + self.file("conf", text), "--no-resolv",
                "--no-hosts", "--user=root", "--group=root", "--pid-file=", "--bind-interfaces", "--no-daemon",
                "--listen-address=" + self.address, "--port=%d" % self.port, "--server=" + UPSTREAM]


class Unbound(Server):
    name, program = "unbound", "unbound"

    def prepare(self):
        text = """server:
	interface: %s@%d
	do-daemonize: no
	chroot: ""
	username: ""
	directory: "%s"
	pidfile: ""
	use-syslog: no
	num-threads: 1
	module-config: "iterator"
	do-ip6: no
	do-not-query-localhost: no
	local-zone: "alpha.example." static
""" % (self.address, self.port, self.folder)
        text += "".join('\tlocal-data: "%s. A %s"\n' % (n, REAL) for n in LOCAL)
        text += "".join('\tlocal-zone: "%s." always_nxdomain\n' % n for n in self.names())
        text += 'forward-zone:\n\tname: "."\n\tforward-addr: %s\n' % UPSTREAM
        return [self.found(""), "-d", "-c", self.file("conf", text)]


class Dnsdist(Server):
    name, program = "dnsdist", "dnsdist"

    def prepare(self):
        text = """setLocal("%s:%d")
newServer({address="%s", sockets=8})
addAction("alpha.example.", SpoofAction("%s"))
setSecurityPollSuffix("")
""" % (self.address, self.port, UPSTREAM, REAL)
        if self.listed:
            text += """local listed = newSuffixMatchNode()
for name in io.lines("%s") do listed:add(newDNSName(name)) end
addAction(SuffixMatchNodeRule(listed), RCodeAction(DNSRCode.NXDOMAIN))
""" % self.listed
        return [self.found(""), "--supervised", "--disable-syslog", "-C", self.file("conf", text)]


def rpz(names):
    head = "$TTL 60\n@ SOA localhost. root.localhost. 1 3600 900 604800 60\n@ NS localhost.\n"
    return head + "".join("%s CNAME .\n*.%s CNAME .\n" % (n, n) for n in names)


class PdnsRecursor(Server):
    name, program = "pdns-recursor", "pdns_recursor"

    def prepare(self):
        hosts = self.file("hosts", "".join("%s %s\n" % (REAL, n) for n in LOCAL))
        lua = ""
        if self.listed:
            zone = self.file("zone", rpz(self.names()))
            lua = self.file("lua", 'rpzFile("%s", {policyName="listed", zoneSizeHint=2000000})\n' % zone)
        self.file("recursor.conf", """local-address=%s
local-port=%d
forward-zones-recurse=.=%s
export-etc-hosts=yes
etc-hosts-file=%s
threads=1
pdns-distributes-queries=no
dnssec=off
socket-dir=%s
security-poll-suffix=
quiet=yes
disable-syslog=yes
lua-config-file=%s
""" % (self.address, self.port, UPSTREAM, hosts, self.folder, lua))
        return [self.found(""), "--daemon=no", "--config-dir=%s" % self.folder]


class KnotResolver(Server):
    name, program = "knot-resolver", "kresd"

    def prepare(self):
        text = """net.listen("%s", %d)
modules = { "hints > iterate", "policy" }
trust_anchors.remove(".")
cache.size = 20 * MB
""" % (self.address, self.port)
        text += "".join('hints["%s"] = "%s"\n' % (n, REAL) for n in LOCAL)
        if self.listed:
            text += 'policy.add(policy.rpz(policy.DENY, "%s", false))\n' % self.file("zone", rpz(self.names()))
        text += 'policy.add(policy.all(policy.STUB("%s")))\n' % UPSTREAM
        return [self.found(""), "-n", "-c", self.file("conf", text), str(self.folder)]


class Resolved(Server):
    """On 127.0.0.53, whatever is asked of it; it has no lists."""
    name, lists = "systemd-resolved", False

    @classmethod
    def found(cls, build):
        for path in ("/lib/systemd/systemd-resolved", build + "/tests/bench/systemd-resolved/lib/systemd/systemd-resolved"):
            if os.path.exists(path):
                return path
        return None

    def prepare(self):
        self.address, self.port = "127.0.0.53", 53
        if subprocess.run(["getent", "passwd", "systemd-resolve"], capture_output=True).returncode != 0:
            for path, text in (("/etc/passwd", "systemd-resolve:x:998:998::/:/bin/false\n"),
                               ("/etc/group", "systemd-resolve:x:998:\n")):
                with open(path, "a") as f:  # of this world only
                    f.write(text)
        with open("/etc/hosts", "a") as f:
            f.write("".join("%s %s\n" % (REAL, n) for n in LOCAL))
        os.makedirs("/etc/systemd/resolved.conf.d", exist_ok=True)
        with open("/etc/systemd/resolved.conf.d/bench.conf", "w") as f:
            f.write("[Resolve]\nDNS=%s\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\nDomains=~.\nCacheFromLocalhost=no\n" % UPSTREAM)
        os.makedirs("/run/systemd/resolve", exist_ok=True)
        shutil.chown("/run/systemd/resolve", "systemd-resolve", "systemd-resolve")
        return [self.found(self.build)]


SERVERS = [BareResponder, BareForwarder, Focusd, Dnsmasq, Unbound, Dnsdist, PdnsRecursor, KnotResolver, Resolved]
