const OLDEST = [20, 19];

/**
 * The sentence with which a too old Node is turned away, or undefined when this one serves.
 * @param {string} version such as process.versions.node
 */
export function nodeRefusal(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return (
    `Deskwire needs Node ${OLDEST.join('.')} or newer and this is Node ${version}: ` +
    'install a newer one (https://nodejs.org, or `nvm install`) and type the command again.'
  );
}
