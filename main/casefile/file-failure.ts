// What kept a file from being written, in a sentence that says what to do.

/** @param folder the one that the file was to lie in */
export function fileFailure(error: unknown, file: string, folder: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is not enough room in ${folder} for ${file}; free some, or choose another folder. Nothing was left there.`;
    case 'EROFS':
      return `${folder} can only be read, so ${file} cannot be written; choose another folder.`;
    case 'EACCES':
    case 'EPERM':
      return `This user may not write into ${folder}; choose another folder, or change its rights.`;
    case 'ENOENT':
      return `The folder ${folder} does not exist; make it, or choose another one.`;
    case 'ENOTDIR':
      return `${folder} is not a folder; choose another place for the file.`;
    case 'EISDIR':
      return `${file} is a folder; choose the name of a file.`;
    case 'ENAMETOOLONG':
      return `The name ${file} is too long for its folder; choose a shorter one.`;
    case 'EFBIG':
      return `${file} became larger than its disk or this user's limit allows; choose another disk.`;
    default:
      return `${file} could not be written (${code === '' ? message : code}); choose another place, or try again.`;
  }
}
