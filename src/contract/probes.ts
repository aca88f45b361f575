/** What the probes of several static pods share (contract 6.7). */
import type {Arg, Cluster} from '../model.ts';
import {lastValue} from './arguments.ts';

/** A host as it stands in a URL. */
export function inUrl(host: string): string {
	return host.includes(':') ? `[${host}]` : host;
}

/** The address of a component's probe. A wildcard gives none: the kubelet then takes the pod's address. */
export function probeHost(address: string): string | undefined {
	return address === '0.0.0.0' || address === '::' ? undefined : address;
}

/** Where controller-manager and scheduler listen. */
export function bindAddress(extraArgs: readonly Arg[] | undefined): string {
	return lastValue(extraArgs, 'bind-address') ?? '127.0.0.1';
}

/** The startup probe asks every 10 s and gives up after the time that the operator allows the control plane. */
export function startupFailures({timeouts}: Cluster): number {
	return Math.ceil(timeouts.controlPlaneSeconds / 10);
}

/**
 * A bare node has no HTTP client but kubectl, of which every call costs a tenth of a second on all cores, while the API server needs them. So the
 * kernel's table is read first: only when somebody listens on the port, it is asked, by openssl where that is there (a hundredth of a second).
 * `listens PORT`, hexadecimal; `secure HOST:PORT PATH PKI [CA]` asks over TLS with the certificate in PKI that every control plane has: good when
 * the answer is 200; 127 without openssl.
 */
export const asks = `listens() { grep -qs ":$1 0*:0000 0A" /proc/net/tcp /proc/net/tcp6; }
secure() {
	command -v openssl >/dev/null || return 127
	printf 'GET %s HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' "$2" |
		openssl s_client -quiet -connect "$1" -cert "$3/apiserver-kubelet-client.crt" -key "$3/apiserver-kubelet-client.key" \
			\${4:+-verify_return_error -CAfile "$4"} 2>/dev/null | head -n 1 | grep -q ' 200'
}`;

/** A port as the kernel's table shows it. */
export const hexadecimal = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
