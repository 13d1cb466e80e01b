//! `execl`, `execlp` and `execle`, whose arguments are a list as long as one likes.
//!
//! In both calling conventions the arguments in registers can be laid down right below those on
//! the stack, so that together they are an argument list in memory.

use crate::programs::{List, execv, execve, execvp};
use core::ffi::{c_char, c_int};

macro_rules! entry {
    ($name:ident, $helper:path) => {
        /// # Safety
        /// As the function of the C library.
        #[cfg(target_arch = "x86_64")]
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                // Where to return to.
                "pop rax",
                "push r9",
                "push r8",
                "push rcx",
                "push rdx",
                "push rsi",
                "mov rsi, rsp",
                "push rbx",
                "mov rbx, rsp",
                // The stack as the calling convention wants it.
                "and rsp, -16",
                "push rax",
                "push rax",
                "call {helper}",
                "pop r11",
                "mov rsp, rbx",
                "pop rbx",
                "add rsp, 40",
                "push r11",
                "ret",
                helper = sym $helper,
            );
        }

        /// # Safety
        /// As the function of the C library.
        #[cfg(target_arch = "aarch64")]
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "sub sp, sp, #80",
                "str x30, [sp]",
                "str x1, [sp, #24]",
                "stp x2, x3, [sp, #32]",
                "stp x4, x5, [sp, #48]",
                "stp x6, x7, [sp, #64]",
                "add x1, sp, #24",
                "bl {helper}",
                "ldr x30, [sp]",
                "add sp, sp, #80",
                "ret",
                helper = sym $helper,
            );
        }
    };
}

entry!(execl, with_list);
entry!(execlp, with_list_and_search);
entry!(execle, with_list_and_environment);

unsafe extern "C" fn with_list(path: *const c_char, arguments: List) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { execv(path, arguments) }
}

unsafe extern "C" fn with_list_and_search(file: *const c_char, arguments: List) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { execvp(file, arguments) }
}

unsafe extern "C" fn with_list_and_environment(path: *const c_char, arguments: List) -> c_int {
    // SAFETY: the caller's own arguments: after the list's end comes the environment.
    unsafe {
        let mut end = arguments;
        while !(*end).is_null() {
            end = end.add(1);
        }
        let environment = end.add(1).cast::<List>().read();
        execve(path, arguments, environment)
    }
}
