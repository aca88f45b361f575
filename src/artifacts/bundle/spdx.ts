/** The list of what is in a bundle as an SPDX 2.3 document, for those who have to account for it. Knowledge only. */
import type {Lock} from '../../model.ts';
import {parseImage} from '../mirror.ts';
import {type BundledArtifact, type Contents, contentsText, nameOf} from './contents.ts';
import {sha256} from './layout.ts';

const unknown = 'NOASSERTION';

/** The text of `sbom.spdx.json`. Nothing in it is of now: the time is that of the lock, the name space that of the contents. */
export function spdxText(contents: Contents, lock: Pick<Lock, 'binaries' | 'packages' | 'madeAt'>): string {
	const {kubernetesVersion, madeBy, artifacts} = contents;
	const name = `kubestrap-bundle-${kubernetesVersion}`;
	const packages = artifacts.map((artifact, index) => described(artifact, index, lock));
	const document = {
		spdxVersion: 'SPDX-2.3',
		dataLicense: 'CC0-1.0',
		SPDXID: 'SPDXRef-DOCUMENT',
		name,
		documentNamespace: `https://kubestrap.dev/spdx/${name}-${sha256(contentsText(contents))}`,
		creationInfo: {created: utc(lock.madeAt), creators: [`Tool: ${madeBy.trim().replaceAll(/\s+/g, '-')}`]},
		packages,
		relationships: packages.map(({SPDXID}) => ({
			spdxElementId: 'SPDXRef-DOCUMENT',
			relationshipType: 'DESCRIBES',
			relatedSpdxElement: SPDXID,
		})),
	};
	return `${JSON.stringify(document, null, '\t')}\n`;
}

function described(artifact: BundledArtifact, index: number, {binaries, packages}: Pick<Lock, 'binaries' | 'packages'>) {
	const isImage = artifact.kind === 'image';
	const [name = '', version = unknown] = isImage
		? imageName(artifact.ref)
		: artifact.kind === 'package'
			? packageName(artifact.key, packages)
			: artifact.key.split('/');
	const digest = isImage ? artifact.manifest : artifact.digest;
	const from = isImage ? undefined : binaries[artifact.key]?.from[0];
	return {
		SPDXID: `SPDXRef-${artifact.kind}-${index}-${nameOf(artifact).replaceAll(/[^A-Za-z0-9.-]+/g, '-')}`,
		name,
		versionInfo: version,
		downloadLocation: from?.startsWith('https://') ? from : unknown,
		filesAnalyzed: false,
		checksums: [{algorithm: 'SHA256', checksumValue: digest.replace('sha256:', '')}],
		licenseConcluded: unknown,
		licenseDeclared: unknown,
		copyrightText: unknown,
		primaryPackagePurpose: isImage ? 'CONTAINER' : 'APPLICATION',
		...(isImage ? {externalRefs: [purl(artifact.ref, artifact.manifest, artifact.platform)]} : {}),
		comment: isImage ? `image ${artifact.ref} for ${artifact.platform}` : `${artifact.kind} ${artifact.key}`,
	};
}

/** `REPOSITORY/NAME/ARCH` */
function packageName(key: string, packages: Lock['packages'] = {}): [string, string] {
	const [repository = '', name = '', arch = ''] = key.split('/');
	return [name, packages[repository]?.files[`${name}/${arch}`]?.version ?? unknown];
}

function imageName(ref: string): [string, string] {
	const {registry = '', repository = '', tag = unknown} = parseImage(ref) ?? {};
	return [`${registry}/${repository}`, tag];
}

/** An image as a package URL (the `oci` type of purl-spec). */
function purl(ref: string, digest: string, platform: string) {
	const {registry = '', repository = '', tag = ''} = parseImage(ref) ?? {};
	const arch = platform.split('/')[1];
	const place = encodeURIComponent(`${registry}/${repository}`);
	const referenceLocator = `pkg:oci/${repository.split('/').at(-1)}@${encodeURIComponent(digest)}?arch=${arch}&repository_url=${place}&tag=${encodeURIComponent(tag)}`;
	return {referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator};
}

/** As SPDX writes times: in seconds. */
function utc(time: string): string {
	const date = new Date(time);
	return Number.isNaN(date.getTime()) ? '1970-01-01T00:00:00Z' : `${date.toISOString().slice(0, 19)}Z`;
}
