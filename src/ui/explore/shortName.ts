// What people call a model that was fetched from an address: the file's own name, at the address's end. Other names stay.

export function shortName(name: string): string {
  if (!/^https?:/i.test(name)) return name;
  const path = name.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last) || name;
  } catch {
    return last;
  }
}
