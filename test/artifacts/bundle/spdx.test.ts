import test from 'ava';
import {spdxText} from '../../../src/artifacts/bundle/spdx.ts';
import {small} from './small.ts';

test('everything in a bundle is listed with its checksum, as SPDX 2.3 has it', (t) => {
	const {contents, lock} = small();
	const document = JSON.parse(spdxText(contents, lock));
	t.like(document, {spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT'});
	t.is(document.creationInfo.created, '2026-11-21T06:00:00Z');
	t.regex(document.creationInfo.creators[0], /^Tool: kubestrap-\S+$/);
	t.is(document.packages.length, contents.artifacts.length);
	const ids = new Set<string>(document.packages.map(({SPDXID}: {SPDXID: string}) => SPDXID));
	t.is(ids.size, document.packages.length);
	for (const {SPDXID, name, checksums, downloadLocation, copyrightText} of document.packages) {
		t.regex(SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
		t.true(name.length > 0 && downloadLocation.length > 0 && copyrightText.length > 0);
		t.is(checksums[0].algorithm, 'SHA256');
		t.regex(checksums[0].checksumValue, /^[0-9a-f]{64}$/);
	}
	for (const {spdxElementId, relationshipType, relatedSpdxElement} of document.relationships) {
		t.deepEqual([spdxElementId, relationshipType], ['SPDXRef-DOCUMENT', 'DESCRIBES']);
		t.true(ids.delete(relatedSpdxElement));
	}
	t.is(ids.size, 0);
	t.regex(document.packages[2].externalRefs?.[0].referenceLocator ?? '', /^pkg:oci\/pause@sha256%3A[0-9a-f]{64}\?arch=amd64&/);
});

test('other contents have another name space, the same ones the same text', (t) => {
	const one = small();
	const other = small();
	const space = ({contents, lock}: typeof one) => JSON.parse(spdxText(contents, lock)).documentNamespace;
	t.is(spdxText(one.contents, one.lock), spdxText(one.contents, one.lock));
	t.not(space(one), space(other));
});

test('a package is listed by its own name and version', (t) => {
	const {contents, lock} = small();
	const digest = `sha256:${'a'.repeat(64)}`;
	const file = {version: '1.1.5', sha256: 'a'.repeat(64), size: 1, from: 'x.deb'};
	const packages = {os: {repository: 'dists/bookworm/main', fingerprint: 'A'.repeat(40), files: {'runc/amd64': file}}};
	const artifacts = [{kind: 'package', key: 'os/runc/amd64', digest} as const];
	const listed = JSON.parse(spdxText({...contents, artifacts}, {...lock, packages}));
	t.like(listed.packages[0], {name: 'runc', versionInfo: '1.1.5', comment: 'package os/runc/amd64'});
});
