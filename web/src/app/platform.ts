// What kind of machine the page runs on, where that changes words.

/** Whether shortcuts are named as Apple's keyboards name them. */
export const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
