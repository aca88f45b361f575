/** One way to break a living cluster of cp1 and w1, and what kubestrap must say of it. */
export type Row = {
	/** Name of the row and of its golden. */
	readonly id: string;
	/** What is done to the machine, in a few words, for the README. */
	readonly how: string;
	/** Constant sh as root, one node after the other; `kit` stands before each. What `heal` gives back need not be mended. */
	readonly inject: readonly (readonly [node: 'cp1' | 'w1', sh: string])[];
	/** What `heal` does not know of. */
	readonly mend?: readonly (readonly [node: 'cp1' | 'w1', sh: string])[];
	/** Nodes that are given back what was kept, and started anew; absent: those of `inject`. The others are only tidied up. */
	readonly anew?: readonly ('cp1' | 'w1')[];
	/** What is run; absent: init. A node whose Node is gone joins, which is apply's. */
	readonly verb?: 'init' | 'apply';
	/** The phase whose wait fails. */
	readonly phase: string;
	/** A change of the config for this run. */
	readonly config?: (text: string) => string;
	/** Id of the cause in src/checks/causes that must come first. */
	readonly expects: string;
	/** The wait must be ended before its time, because the cause is certain. */
	readonly early?: true;
	/** How long the wait may take, where the usual deadline is too short to see it. */
	readonly seconds?: number;
};

/** Shell functions for injections. */
export const kit = `set -u
manifests=/etc/kubernetes/manifests pki=/etc/kubernetes/pki
# end NAME…: programs of static pods are dead, and nobody starts them again.
end() { systemctl stop kubelet; for name; do pkill -9 -x "$name"; while pgrep -x "$name" >/dev/null; do sleep 0.1; done; done; }
# So that the wait has begun before anything happens.
later() { systemctl daemon-reload; systemd-run -q --on-active=3s --timer-property=AccuracySec=100ms systemctl start kubelet; }
argument() { sed -i "s|^    - $1\\$|&\\n    - $2|" "$manifests/$1.yaml"; }
setting() { mkdir -p /run/systemd/system/$1.service.d; printf '[Service]\\n%s\\n' "$2" >/run/systemd/system/$1.service.d/99-cause.conf; systemctl daemon-reload; }
thief() { systemd-run -q --collect --unit=cause-thief socat "TCP-LISTEN:$1,fork,reuseaddr" "$2"; }
# minted FILE AUTHORITY SUBJECT BEGIN END: a certificate for FILE.key with these times.
minted() {
	d=$(mktemp -d) && : >"$d/index" && echo 01 >"$d/serial"
	printf '[ca]\\ndefault_ca=a\\n[a]\\ndatabase=%s/index\\nserial=%s/serial\\nnew_certs_dir=%s\\ndefault_md=sha256\\npolicy=p\\nx509_extensions=x\\n[p]\\norganizationName=optional\\ncommonName=supplied\\n[x]\\nextendedKeyUsage=clientAuth,serverAuth\\n' "$d" "$d" "$d" >"$d/conf"
	openssl req -new -key "$1.key" -subj "$3" -out "$d/csr"
	openssl ca -batch -notext -config "$d/conf" -in "$d/csr" -cert "$2.crt" -keyfile "$2.key" -startdate "$4" -enddate "$5" -out "$1.crt" 2>/dev/null
}
`;

/** On cp1: these programs are ended, something is broken, and the kubelet is started a moment later. */
export const broken = (programs: string, sh: string): Row['inject'] => [['cp1', `end ${programs}\n${sh}\nlater`]];
