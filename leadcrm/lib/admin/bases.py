"""Django's classes with their type arguments filled in, which exist for the type checker only."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.paginator import Paginator

if TYPE_CHECKING:
    AnyAdmin: TypeAlias = admin.ModelAdmin[Any]
    AnyInline: TypeAlias = admin.TabularInline[Any, Any]
    AnyForm: TypeAlias = forms.ModelForm[Any]
    AnyFormSet: TypeAlias = forms.BaseInlineFormSet[Any, Any, Any]
    AnyUserAdmin: TypeAlias = UserAdmin[Any]
    AnyPaginator: TypeAlias = Paginator[Any]
    AnyUserForm: TypeAlias = UserChangeForm[Any]
    AnyNewUserForm: TypeAlias = AdminUserCreationForm[Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyInline = admin.TabularInline
    AnyForm = forms.ModelForm
    AnyFormSet = forms.BaseInlineFormSet
    AnyUserAdmin = UserAdmin
    AnyPaginator = Paginator
    AnyUserForm = UserChangeForm
    AnyNewUserForm = AdminUserCreationForm
