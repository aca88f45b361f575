/** Lines of real apt 2.6 and 2.9 and dpkg 1.21, as the lab's nodes and bug reports have them. */
import test from 'ava';
import {explainApt} from '../../src/packages/apt-words.ts';

const said: Readonly<Record<string, readonly string[]>> = {
	'lock-held': ['the lock of dpkg is held for ten minutes now, by process 812 (/usr/bin/python3 /usr/bin/unattended-upgrade)'],
	interrupted: [
		'dpkg was interrupted on this machine, and not by kubestrap: socat',
		"E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.",
	],
	'key-expired': [
		'W: GPG error: http://m/debian bookworm InRelease: The following signatures were invalid: EXPKEYSIG 234654DA9A296436 isv:kubernetes OBS Project',
	],
	'key-wrong': [
		"E: GPG error: http://m ./ InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY EE2B124444E0D95D",
	],
	'signature-bad': [
		'W: GPG error: http://m ./ InRelease: The following signatures were invalid: BADSIG EE2B124444E0D95D lab <lab@lab>',
	],
	unsigned: ["E: The repository 'http://10.213.1.1:8080/kubernetes/core/stable/v1.37/deb  Release' is not signed."],
	'release-expired': [
		'E: Release file for http://m/debian/dists/bookworm/InRelease is expired (invalid since 3d 2h 1min 5s). Updates for this repository will not be applied.',
	],
	'release-early': ['E: Release file for http://m/dists/x/InRelease is not valid yet (invalid for another 2h 3min 1s).'],
	'half-synced': [
		'E: Failed to fetch http://m/Packages.gz  File has unexpected size (1177 != 1180). Mirror sync in progress? [IP: 10.0.0.1 8080]',
		'E: Failed to fetch http://m/amd64/kubelet_1.37.1-1.1_amd64.deb  Hash Sum mismatch',
	],
	'no-repository': ["E: The repository 'http://m/debian trixie Release' does not have a Release file."],
	unreachable: [
		'E: Failed to fetch http://m/InRelease  Could not connect to 10.213.1.1:8080 (10.213.1.1). - connect (111: Connection refused)',
		"W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'",
	],
	certificate: ['W: Failed to fetch https://m/InRelease  Certificate verification failed: The certificate is NOT trusted.'],
	'version-missing': ["E: Version '1.37.9-1.1' for 'kubelet' was not found"],
	'name-missing': ['E: Unable to locate package kubelet', "E: Package 'conntrack' has no installation candidate"],
	'would-remove': ['E: Packages need to be removed but remove is disabled.'],
	unmet: ['E: Unable to correct problems, you have held broken packages.'],
	'disk-full': ['dpkg: unrecoverable fatal error, aborting: failed to write status: No space left on device'],
	'script-failed': ['dpkg: error processing package kubelet (--configure):'],
};

for (const [id, lines] of Object.entries(said))
	test(`${id}: its cause and what to do`, (t) => {
		for (const line of lines) {
			const found = explainApt(['Reading package lists...', line, 'E: Some index files failed to download.']);
			t.is(found?.id, id, line);
			t.true(found!.what.length > 10 && found!.remedy.length > 10);
			t.notRegex(found!.what, /undefined|''/);
		}
	});

test('what nobody knows is not explained', (t) => {
	t.is(explainApt(['E: Sub-process /usr/bin/dpkg returned an error code (1)']), undefined);
	t.is(explainApt([]), undefined);
});
