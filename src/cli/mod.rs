//! One file per command group: what was typed -> what it means -> call.
