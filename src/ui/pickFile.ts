// The system's file dialog, from a press of any button or menu item.

/** Forms that weights come in, for `accept`. */
export const WEIGHTS = '.pth,.pt,.tar,.t7,.bin,.ckpt,.safetensors,.npz';
/** Forms that names of classes come in. */
export const LABEL_NAMES = '.txt,.json,text/plain,application/json';

/** `accept` as of an input of type file. */
export function pickFile(accept: string, onFile: (file: File) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = accept;
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) onFile(file);
  });
  input.click();
}
